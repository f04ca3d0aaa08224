// aws-cdk-lib validates every synth, 2.5 s each. `npm run check` does it once for all tests.
process.env['CDK_VALIDATION'] = 'false';
