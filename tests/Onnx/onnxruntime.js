// Runs models in ONNX Runtime: node onnxruntime.js JOBS.json     (NODE_PATH names a node_modules with onnxruntime-node)
// JOBS: [{ model, input, shape, output }]; input and output are files of little-endian float32, int64 outputs are written as float32.
const fs = require('fs'), ort = require('onnxruntime-node');
(async () => {
  for (const job of JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))) {
    const session = await ort.InferenceSession.create(job.model, { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 });
    const bytes = fs.readFileSync(job.input), images = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const results = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', images, job.shape) });
    const values = Float32Array.from(results[session.outputNames[0]].data, Number);
    fs.writeFileSync(job.output, Buffer.from(values.buffer));
  }
  process.exit(0);
})().catch(error => { console.error(String(error)); process.exit(1); });
