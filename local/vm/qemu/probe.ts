/** Says how virtual machines run here, `kvm` or `tcg`, for `sealroot doctor`. Usage: node probe.ts KERNEL */
import { probeAccelerator } from './accelerator.ts';

const [kernel = ''] = process.argv.slice(2);
const { name } = await probeAccelerator(kernel);
console.log(name);
