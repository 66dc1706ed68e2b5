// What a library is asked to do, in plain arrays, so that each can keep its tensors as it likes.

/** A layer x kernel + bias, then the activation. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** (inputs, outputs), row-major. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  readonly activation: "relu" | "linear";
}

/** The mean over images of the summed binary cross-entropy of logits against the images themselves. */
export interface GradientProblem {
  readonly batchSize: number;
  readonly images: Float32Array;
  readonly layers: readonly DenseLayer[];
}

/** What shows that two libraries computed the same. */
export interface GradientResult {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** One way to write the gradient with a library. */
export interface GradientForm {
  /** Computes loss and gradient and waits until they are there. */
  run(): unknown;
  /** The same, read out. */
  evaluate(): Promise<GradientResult>;
}

/** A library that is ready. */
export interface RivalGradient {
  /** Name and version. */
  readonly name: string;
  /** How many threads it uses, and why. */
  readonly threads: string;
  /** By the name of the row. */
  readonly forms: Readonly<Record<string, GradientForm>>;
}

/** A library. */
export type Rival = (problem: GradientProblem) => Promise<RivalGradient>;
