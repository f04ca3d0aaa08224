// aws-cdk-lib validates every synth, 2.5 s each. `npm run check` does it once for all tests.
process.env['CDK_VALIDATION'] = 'false';

// The set-up has said it already, in a line (cli/node-version.js).
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
