/**
 * Event rules at the door: checked strictly where events are derived, and made valid where they come from sliders. Pure; any thread.
 */
import { DEFAULT_RULES, type EventRule, type EventRules } from './event-types.ts';

const RULE_FIELDS = ['on', 'off', 'minDurationS', 'mergeGapS', 'medianChunks'] as const satisfies (keyof EventRule)[];

/** Longest median filter; over 31 chunks of 1 or 2 s there is nothing left to filter. */
export const MAX_MEDIAN_CHUNKS = 31;

/**
 * The rule of one class: the general one with its overrides. An override of one threshold alone takes the general other one along
 * where `off` would come to lie above `on`. Throws RangeError that names the field when the result is no rule.
 */
export function ruleFor(rules: EventRules, mid: string): EventRule {
  const override = rules.perClass[mid];
  if (!override) return rules;
  const on = override.on ?? Math.max(rules.on, override.off ?? 0);
  const rule: EventRule = {
    on,
    off: override.off ?? Math.min(rules.off, on),
    minDurationS: override.minDurationS ?? rules.minDurationS,
    mergeGapS: override.mergeGapS ?? rules.mergeGapS,
    medianChunks: override.medianChunks ?? rules.medianChunks,
  };
  assertRule(rule, `perClass['${mid}'].`);
  return rule;
}

/** Throws RangeError that names the field, what is expected of it and what came. */
export function assertRules(rules: EventRules): void {
  assertRule(rules, '');
  if (typeof rules.grouped !== 'boolean') throw new RangeError(`grouped must be true or false, got ${rules.grouped}`);
  for (const [mid, override] of Object.entries(rules.perClass)) {
    for (const field of Object.keys(override)) {
      if (!RULE_FIELDS.some((known) => known === field)) {
        throw new RangeError(`perClass['${mid}'] may have ${RULE_FIELDS.join(', ')}, got ${field}`);
      }
    }
    ruleFor(rules, mid);
  }
}

function assertRule(rule: EventRule, where: string): void {
  const { on, off, minDurationS, mergeGapS, medianChunks } = rule;
  if (!(on >= 0 && on <= 1)) throw new RangeError(`${where}on must be a number from 0 to 1, got ${on}`);
  if (!(off >= 0 && off <= 1)) throw new RangeError(`${where}off must be a number from 0 to 1, got ${off}`);
  if (off > on) throw new RangeError(`${where}off must be at most on, which is ${on}, got ${off}`);
  for (const [name, value] of Object.entries({ minDurationS, mergeGapS })) {
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new RangeError(`${where}${name} must be a number of seconds of at least 0, got ${value}`);
    }
  }
  if (!(medianChunks % 2 === 1 && medianChunks <= MAX_MEDIAN_CHUNKS)) {
    throw new RangeError(
      `${where}medianChunks must be an odd number from 1 to ${MAX_MEDIAN_CHUNKS}, got ${medianChunks}`,
    );
  }
}

/**
 * `before` with a change from a control, made valid: what is out of range is moved to its nearest end, what is no number is left as
 * it was, and the threshold that was not moved gives way to the one that was. Overrides are made valid in the same way; one without
 * any field is dropped.
 */
export function normaliseRules(change: Partial<EventRules>, before: EventRules = DEFAULT_RULES): EventRules {
  const general = normaliseRule(change, before);
  const perClass: Record<string, Partial<EventRule>> = {};
  for (const [mid, override] of Object.entries(change.perClass ?? before.perClass)) {
    const made = normaliseRule(override, general);
    const kept = RULE_FIELDS.filter((field) => isNumber(override[field])).map((field) => [field, made[field]]);
    if (kept.length > 0) perClass[mid] = Object.fromEntries(kept);
  }
  return { ...general, perClass, grouped: change.grouped ?? before.grouped };
}

function normaliseRule(change: Partial<EventRule>, before: EventRule): EventRule {
  const on = within(change.on, before.on, 0, 1);
  const off = within(change.off, before.off, 0, 1);
  const onGivesWay = isNumber(change.off) && !isNumber(change.on);
  return {
    on: onGivesWay ? Math.max(on, off) : on,
    off: onGivesWay ? off : Math.min(on, off),
    minDurationS: within(change.minDurationS, before.minDurationS, 0, Number.MAX_VALUE),
    mergeGapS: within(change.mergeGapS, before.mergeGapS, 0, Number.MAX_VALUE),
    medianChunks: 2 * Math.floor(within(change.medianChunks, before.medianChunks, 1, MAX_MEDIAN_CHUNKS) / 2) + 1,
  };
}

const isNumber = (value: number | undefined): value is number => value !== undefined && !Number.isNaN(value);

const within = (value: number | undefined, before: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, isNumber(value) ? value : before));
