// Milliseconds of every inference of one model in ONNX Runtime, one thread, as JSON (networks_on_host.py).
//   node onnxruntime_times.js FOLDER_OF_NODE_MODULES MODEL.onnx INPUT_NAME 1x3x224x224 RUNS THREADS
const [modules, model, name, shape, runs, threads] = process.argv.slice(2);
const ort = require(require('path').join(modules, 'onnxruntime-node'));

async function main() {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: 'sequential',
    graphOptimizationLevel: 'all', executionProviders: ['cpu'], logSeverityLevel: 3});
  const dims = shape.split('x').map(Number);
  const values = new Float32Array(dims.reduce((a, b) => a * b, 1));
  let state = 1;
  for (let i = 0; i < values.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = state / 2 ** 31;
  }
  const feeds = {[name]: new ort.Tensor('float32', values, dims)};
  for (let i = 0; i < 5; ++i) await session.run(feeds);
  const times = [];
  for (let i = 0; i < Number(runs); ++i) {
    const start = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  console.log(JSON.stringify({ms: times}));
}

main().catch(error => { console.error(String(error)); process.exit(1); });
