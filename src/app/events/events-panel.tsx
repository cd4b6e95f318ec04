/**
 * The events of one lane: the rules that make them, how many that gives, what was found and what was not, and why. Works on stored
 * scores; moving a control never runs a model.
 */
import { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { DEFAULT_RULES, type EventRules, type TagEvent } from '../../core/events/event-types.ts';
import type { ClassLabels } from '../../core/scores/class-list.ts';
import type { ScoreTimeline } from '../../core/scores/score-timeline.ts';
import type { Seconds } from '../../core/units.ts';
import { ClassOverrides } from './class-overrides.tsx';
import { derivedOnce } from './derived-once.ts';
import { EventList } from './event-list.tsx';
import { classCounts, countWords } from './event-words.ts';
import { RuleControls } from './rule-controls.tsx';
import { difference, useRuleChanges } from './use-rule-changes.ts';
import '../styles/events.css';

export interface EventsPanelProps {
  readonly scores: ScoreTimeline;
  readonly labels: ClassLabels;
  readonly rules: EventRules;
  /** Grows when `scores` did. */
  readonly revision: number;
  readonly onChangeRules: (change: Partial<EventRules>) => void;
  readonly onSeek: (timeS: Seconds) => void;
  /** Classes chosen elsewhere on the page: the lists can be kept to these. */
  readonly selectedMids?: readonly string[];
}

const NO_MIDS: readonly string[] = [];
/** Values of the class filter that are no mid. */
const ALL = 'all';
const CHOSEN = 'chosen';
/** The count is read out when the controls have been still for so long. */
const CALM_MS = 800;

/** Where the sliders stand before anybody moves them. */
const USUAL = {
  on: DEFAULT_RULES.on,
  off: DEFAULT_RULES.off,
  minDurationS: DEFAULT_RULES.minDurationS,
  mergeGapS: DEFAULT_RULES.mergeGapS,
  medianChunks: DEFAULT_RULES.medianChunks,
};
const isMoved = (rules: EventRules): boolean => Object.keys(difference({ ...rules, ...USUAL }, rules)).length > 0;

export function EventsPanel(props: EventsPanelProps) {
  const { scores, labels, revision, onSeek, selectedMids = NO_MIDS } = props;
  const { shown, change } = useRuleChanges(props.rules, props.onChangeRules);
  // The control moves first; the lists follow as soon as there is time.
  const rules = useDeferredValue(shown);
  const version = useDeferredValue(revision);
  const derived = useMemo(() => {
    void version;
    return derivedOnce(scores, labels, rules);
  }, [scores, labels, rules, version]);

  const [filter, setFilter] = useState(ALL);
  const [tab, setTab] = useState<'events' | 'rejected'>('events');
  const list: readonly TagEvent[] = derived[tab];
  const rows = useMemo(() => filtered(list, filter, selectedMids), [list, filter, selectedMids]);
  const words = countWords(derived.events);
  return (
    <section className="events-panel" aria-labelledby="events-title">
      <div className="events-head">
        <h2 id="events-title">Events</h2>
        <p className="events-count">{words}</p>
        <CalmStatus words={words} rules={rules} />
      </div>
      <div className="events-layout">
        <div className="events-rules">
          <RuleControls rules={shown} onChange={change} />
          {isMoved(shown) && (
            <button type="button" className="small" onClick={() => change(USUAL)}>
              Back to the usual rules
            </button>
          )}
          <ClassOverrides labels={labels} rules={shown} onChange={change} />
        </div>
        <Tabs
          className="events-tabs"
          selectedKey={tab}
          onSelectionChange={(key) => setTab(key === 'rejected' ? 'rejected' : 'events')}
        >
          <div className="events-bar">
            <TabList aria-label="Events and rejected candidates">
              <Tab id="events">
                Events <span className="events-number">{derived.events.length.toLocaleString('en')}</span>
              </Tab>
              <Tab id="rejected">
                Rejected <span className="events-number">{derived.rejected.length.toLocaleString('en')}</span>
              </Tab>
            </TabList>
            <ClassFilter list={list} labels={labels} value={filter} onChange={setFilter} selectedMids={selectedMids} />
          </div>
          <TabPanel id="events">
            <EventList
              key={filter}
              rows={rows}
              label="Events"
              nothing={
                derived.events.length === 0
                  ? 'No event with these rules. A lower on threshold finds more.'
                  : 'No event of these classes with these rules.'
              }
              onSeek={onSeek}
            />
          </TabPanel>
          <TabPanel id="rejected">
            <EventList
              key={filter}
              rows={rows}
              label="Rejected candidates"
              nothing={
                derived.rejected.length === 0 ? 'Nothing was rejected.' : 'Nothing was rejected of these classes.'
              }
              onSeek={onSeek}
            />
          </TabPanel>
        </Tabs>
      </div>
    </section>
  );
}

function filtered(list: readonly TagEvent[], filter: string, selectedMids: readonly string[]): readonly TagEvent[] {
  if (filter === ALL) return list;
  const mids = new Set(filter === CHOSEN ? selectedMids : [filter]);
  return list.filter(({ mid }) => mids.has(mid));
}

interface ClassFilterProps {
  readonly list: readonly TagEvent[];
  readonly labels: ClassLabels;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly selectedMids: readonly string[];
}

function ClassFilter({ list, labels, value, onChange, selectedMids }: ClassFilterProps) {
  const id = useId();
  const classes = useMemo(() => classCounts(list), [list]);
  // The class that is looked at stays in the list when the rules leave nothing of it.
  const isGone = value !== ALL && value !== CHOSEN && !classes.some(({ mid }) => mid === value);
  return (
    <div className="events-filter">
      <label htmlFor={id}>Class</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value={ALL}>all</option>
        {(selectedMids.length > 0 || value === CHOSEN) && <option value={CHOSEN}>those chosen above</option>}
        {isGone && <option value={value}>{labels.names[labels.mids.indexOf(value)] ?? value} (0)</option>}
        {classes.map(({ mid, name, count }) => (
          <option key={mid} value={mid}>
            {name} ({count})
          </option>
        ))}
      </select>
    </div>
  );
}

/** Reads the count out once the rules were moved and are still again; sound that comes in meanwhile is no news. */
function CalmStatus({ words, rules }: { readonly words: string; readonly rules: EventRules }) {
  const [said, setSaid] = useState('');
  const latest = useRef(words);
  const before = useRef(rules);
  useEffect(() => {
    latest.current = words;
  }, [words]);
  useEffect(() => {
    if (before.current === rules) return;
    const timer = setTimeout(() => {
      before.current = rules;
      setSaid(latest.current);
    }, CALM_MS);
    return () => clearTimeout(timer);
  }, [rules]);
  return (
    <p className="visually-hidden" role="status">
      {said}
    </p>
  );
}
