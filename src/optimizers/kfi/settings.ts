import { withDefaults } from "../../runtime/arguments.ts";
import { checkSchedules } from "../schedule.ts";
import {
  EA_CURVATURE_DEFAULTS,
  EA_CURVATURE_DOMAINS,
  type EaCurvatureOptions,
  eaCurvatureSettings,
  type WithDirections,
} from "../ea_cg/settings.ts";

/** Settings of `kfi()`: those that it shares with `eaCg()`. */
export type KfiOptions = EaCurvatureOptions;

/** The settings with defaults filled in. */
export type KfiSettings = WithDirections<Required<KfiOptions>>;

/** Fills defaults in and refuses what is out of range. */
export function kfiSettings(options: KfiOptions): KfiSettings {
  const given = withDefaults("use kfi", options, EA_CURVATURE_DEFAULTS);
  const settings = eaCurvatureSettings("kfi", given);
  checkSchedules("kfi", settings, EA_CURVATURE_DOMAINS);
  return settings;
}
