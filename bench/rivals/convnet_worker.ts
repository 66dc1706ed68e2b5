// Measures one library in a thread of its own, which can be ended in the midst of a step. Says, in turn: the library's
// name, what it computed, and the milliseconds of each step after the first.
import { parentPort, workerData } from "node:worker_threads";
import { timed } from "../_support/harness.ts";
import type { ConvnetGradient, ConvnetProblem } from "./convnet.ts";
import { jaxJsConvnet } from "./jax_js_convnet.ts";
import { tensorflowConvnet } from "./tensorflow_convnet.ts";

const LIBRARIES: Readonly<Record<string, (problem: ConvnetProblem) => Promise<ConvnetGradient>>> = {
  "tensorflow.js, wasm": (problem) => tensorflowConvnet(problem, "wasm"),
  "tensorflow.js, cpu": (problem) => tensorflowConvnet(problem, "cpu"),
  "jax-js, jit": jaxJsConvnet,
};

const { library, problem, rounds } = workerData;
const { name, run, evaluate } = await LIBRARIES[library](problem);
parentPort?.postMessage(name);
parentPort?.postMessage(await evaluate());
for (let round = 0; round < rounds; round++) {
  parentPort?.postMessage(await timed({ name, run }, 1));
}
