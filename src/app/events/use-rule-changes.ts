/**
 * Event rules under a moving control: shown at once, handed on at most once a frame. The owner of the rules has the last word; what
 * is shown returns to its rules as soon as these change.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { normaliseRules } from '../../core/events/event-rules.ts';
import type { EventRules } from '../../core/events/event-types.ts';

export interface RuleChanges {
  readonly shown: EventRules;
  readonly change: (change: Partial<EventRules>) => void;
}

export function useRuleChanges(rules: EventRules, onChangeRules: (change: Partial<EventRules>) => void): RuleChanges {
  const [draft, setDraft] = useState<EventRules | null>(null);
  const handle = useRef<number | null>(null);
  /** The newest there is: the owner's, or what was not handed on yet. */
  const latest = useRef(rules);
  const wish = useRef<Thresholds>({ on: rules.on, off: rules.off });
  const owner = useRef({ rules, onChangeRules });

  useEffect(() => {
    owner.current = { rules, onChangeRules };
    if (handle.current !== null) return;
    latest.current = rules;
    setDraft(null);
  }, [rules, onChangeRules]);

  const handOn = useCallback(() => {
    handle.current = null;
    const changed = difference(owner.current.rules, latest.current);
    if (Object.keys(changed).length > 0) owner.current.onChangeRules(changed);
    else setDraft(null);
  }, []);

  const change = useCallback(
    (one: Partial<EventRules>) => {
      wish.current = { ...wish.current, ...pick(one) };
      latest.current = normaliseRules(withWish(one, wish.current), latest.current);
      setDraft(latest.current);
      handle.current ??= requestAnimationFrame(handOn);
    },
    [handOn],
  );

  // A change made in the last frame of this panel is not lost.
  useEffect(
    () => () => {
      if (handle.current === null) return;
      cancelAnimationFrame(handle.current);
      handOn();
    },
    [handOn],
  );

  return { shown: draft ?? rules, change };
}

type Thresholds = Pick<EventRules, 'on' | 'off'>;

const pick = ({ on, off }: Partial<EventRules>): Partial<Thresholds> => ({
  ...(on !== undefined && { on }),
  ...(off !== undefined && { off }),
});

/**
 * Where one threshold is moved, the other returns to where it was last set by hand as far as there is room: what had to give way for
 * a moment comes back.
 */
export function withWish(change: Partial<EventRules>, wish: Thresholds): Partial<EventRules> {
  if (change.on !== undefined && change.off === undefined) return { ...change, off: Math.min(wish.off, change.on) };
  if (change.off !== undefined && change.on === undefined) return { ...change, on: Math.max(wish.on, change.off) };
  return change;
}

/** The fields of `after` that are not as in `before`. */
export function difference(before: EventRules, after: EventRules): Partial<EventRules> {
  const old = new Map<string, string>(Object.entries(before).map(([field, value]) => [field, JSON.stringify(value)]));
  return Object.fromEntries(Object.entries(after).filter(([field, value]) => JSON.stringify(value) !== old.get(field)));
}
