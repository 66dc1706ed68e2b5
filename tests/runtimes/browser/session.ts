// One headless browser that is started at need, and anew after it hung or died.
import puppeteer, { type Browser, type Page, type SupportedBrowser } from "puppeteer-core";

/** Which program to start. */
export interface SessionOptions {
  readonly kind: SupportedBrowser;
  readonly program: string;
}

/** A browser did not answer in time, or is gone; the session has discarded it. */
export class LostBrowserError extends Error {}

const START_LIMIT_MS = 120_000;
/** A name of this machine that browsers do not trust as they trust localhost. */
export const INSECURE_HOST = "insecure.test";

/** Gives fresh pages and limits how long a page may take. */
export class Session implements AsyncDisposable {
  readonly #options: SessionOptions;
  #browser: Browser | undefined;
  #isCrashed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** A fresh page at an address; the caller closes it. A browser that gives none is replaced, once. */
  async page(address: string): Promise<Page> {
    try {
      return await this.within(START_LIMIT_MS, () => this.#open(address));
    } catch (error) {
      console.log(`the browser gives no page and is started anew: ${error}`);
      await this.#discard();
      return await this.within(START_LIMIT_MS, () => this.#open(address));
    }
  }

  /** What `work` gives, if it ends in time and the browser lives; else the browser is discarded. */
  async within<T>(limit: number, work: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new LostBrowserError(`no answer within ${limit / 1000} s`)),
        limit,
      );
    });
    try {
      return await Promise.race([work(), late]);
    } catch (error) {
      const isDead = this.#isCrashed || this.#browser?.connected === false;
      if (!isDead && !(error instanceof LostBrowserError)) throw error;
      await this.#discard();
      throw isDead ? new LostBrowserError("the page crashed") : error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(address: string): Promise<Page> {
    this.#browser ??= await this.#launch();
    const page = await this.#browser.newPage();
    page.on("error", () => this.#isCrashed = true);
    await page.goto(address);
    return page;
  }

  async #launch(): Promise<Browser> {
    const { kind, program } = this.#options;
    return await puppeteer.launch({
      browser: kind,
      executablePath: program,
      timeout: START_LIMIT_MS,
      handleSIGTERM: false, // the driver's own handler names the test that runs
      // Our own limits are shorter, and name the test.
      protocolTimeout: 0,
      // CI runs as root in a container, where Chromium's sandbox cannot start and /dev/shm is small.
      args: kind === "chrome"
        ? [
          "--no-sandbox",
          "--disable-dev-shm-usage",
          `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
        ]
        : [],
      ...(kind === "firefox"
        ? { extraPrefsFirefox: { "network.dns.localDomains": INSECURE_HOST } }
        : {}),
    });
  }

  async #discard(): Promise<void> {
    this.#browser?.process()?.kill("SIGKILL");
    await this.#browser?.close().catch(() => {}); // removes the profile of one that is dead already
    this.#browser = undefined;
    this.#isCrashed = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser?.close();
  }
}
