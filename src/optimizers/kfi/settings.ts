import { withDefaults } from "../../runtime/arguments.ts";
import { checkSchedules } from "../schedule.ts";
import {
  checkEaCurvature,
  EA_CURVATURE_DEFAULTS,
  EA_CURVATURE_DOMAINS,
  type EaCurvatureOptions,
} from "../ea_cg/settings.ts";

/** Settings of `kfi()`: those that it shares with `eaCg()`. */
export type KfiOptions = EaCurvatureOptions;

/** The settings with defaults filled in. */
export type KfiSettings = Required<KfiOptions>;

/** Fills defaults in and refuses what is out of range. */
export function kfiSettings(options: KfiOptions): KfiSettings {
  const settings = withDefaults("use kfi", options, EA_CURVATURE_DEFAULTS);
  checkEaCurvature("kfi", settings);
  checkSchedules("kfi", settings, EA_CURVATURE_DOMAINS);
  return settings;
}
