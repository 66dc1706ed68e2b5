import { METHODS } from "./methods.ts";

/** What `--help` prints. */
export const HELP: string = `Second-order training of neural networks.

Usage: curvature [demo] [options]     trains an autoencoder and writes a report
       curvature info                 tells about this build and this machine

Options of demo:
  --data digits|curves|mnist
                         what to learn; digits and curves are drawn here, MNIST is read
                         (default digits)
  --data-dir DIR         folder with the four MNIST files, plain or .gz
  --optimizer A,B        one or more of ${Object.keys(METHODS).join(", ")}
                         (default k-bfgs,adam)
  --epochs N             passes over the data for every optimizer (default: as many for each as
                         take about equal time)
  --seed N               seed of initial weights and order of samples (default 0)
  --json FILE            writes all results to FILE
  --report FILE          where the HTML report goes (default reports/DATA.html)
  --help                 shows this text

Ctrl-C ends between two steps and still reports what ran.`;
