import type { Model, OptimizerState } from "../../mod.ts";
import { equal } from "../_support/assert.ts";

/** Every bit that the next step depends on, as numbers by name. */
export function snapshot(model: Model, state: OptimizerState): Record<string, number[]> {
  const bits = (data: ArrayBufferView): number[] => [
    ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ];
  const found: Record<string, number[]> = { parameters: bits(model.parameters.data) };
  for (const [name, { data }] of state.tensors) found[name] = bits(data);
  for (const [name, value] of state.numbers) found[`number ${name}`] = [value];
  found["number step"] = [state.step];
  return found;
}

/** Fails with the name of the first part that differs. */
export function sameSnapshot(
  actual: Record<string, number[]>,
  expected: Record<string, number[]>,
  message: string,
): void {
  equal(Object.keys(actual), Object.keys(expected), `${message}: parts`);
  equal(actual, expected, message);
}

/** Fails unless every remembered tensor and the parameters are finite. */
export function allFinite(model: Model, state: OptimizerState, message: string): void {
  const parts = [["parameters", model.parameters] as const, ...state.tensors];
  for (const [name, { data }] of parts) {
    if (!data.every(Number.isFinite)) throw new Error(`${message}: ${name} is not finite`);
  }
}
