// Times forward steps of an exported network in ONNX Runtime on request: prints 'ready', then for each line N that it reads the milliseconds of N steps.
// usage: node onnxruntime_steps.js PEERS_DIR NET BATCH THREADS     (NODE_PATH names PEERS_DIR/ort/node_modules)
const ort = require('onnxruntime-node'), readline = require('readline');
(async () => {
  const [dir, net, batch, threads] = [process.argv[2], process.argv[3], +process.argv[4], +process.argv[5]];
  const session = await ort.InferenceSession.create(`${dir}/ort/${net}_fast_b${batch}.onnx`, {
    executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all' });
  const size = net === 'b' ? 227 : 224, images = new Float32Array(batch * 3 * size * size);
  for (let i = 0; i < images.length; i++) { let u = 0; for (let k = 0; k < 6; k++) u += Math.random(); images[i] = (u - 3) * 0.14; }
  const x = new ort.Tensor('float32', images, [batch, 3, size, size]);
  console.log('ready');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const times = [];
    for (let i = 0; i < +line; i++) { const start = performance.now(); await session.run({ x }); times.push((performance.now() - start).toFixed(4)); }
    console.log(times.join(' '));
  }
  process.exit(0);
})();
