// Deno's own tests fail when they leave timers, ports or operations behind: training leaves none.
import { adam, evaluateAsync, fit, squaredError, train } from "../../../mod.ts";
import { endlessFit, longRun, network, samples } from "../_long.ts";

const DURATION_MS = 60;

const sanitized = { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true };

/** A signal whose timer belongs to the test. */
async function within(work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), DURATION_MS);
  await work(controller.signal);
  clearTimeout(timer);
}

Deno.test("a run that a signal ends leaves nothing behind", sanitized, async () => {
  using model = network();
  await within((signal) => fit(longRun(model, { signal, optimizer: adam() })));
});

Deno.test("a loop that is left leaves nothing behind", sanitized, async () => {
  using model = network();
  const start = performance.now();
  for await (const _ of train(longRun(model))) if (performance.now() - start > DURATION_MS) break;
});

Deno.test("a run that is returned and then iterated leaves nothing behind", sanitized, async () => {
  using model = network();
  const later = async () => await Promise.resolve(train(longRun(model)));
  for await (const { step } of await later()) if (step === 3) break;
});

Deno.test("what computes in parts leaves nothing behind", sanitized, async () => {
  using model = network();
  await within((signal) =>
    evaluateAsync(model, squaredError(), samples(200_000_000), { batchSize: 32, signal })
      .catch(() => {})
  );
  await within(endlessFit);
});
