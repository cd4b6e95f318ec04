/** The event rules as sliders with numbers beside them, each with a sentence that says which way it errs. */
import { useId } from 'react';
import { Input, Label, NumberField, Slider, SliderThumb, SliderTrack, Switch } from 'react-aria-components';
import { MAX_MEDIAN_CHUNKS } from '../../core/events/event-rules.ts';
import type { EventRules } from '../../core/events/event-types.ts';
import { GROUPING, RULE_CONTROLS, type RuleControl } from '../../core/events/rule-words.ts';

interface RuleControlsProps {
  readonly rules: EventRules;
  readonly onChange: (change: Partial<EventRules>) => void;
}

export function RuleControls({ rules, onChange }: RuleControlsProps) {
  return (
    <div className="rule-controls">
      {RULE_CONTROLS.map((control) => (
        <RuleSlider
          key={control.field}
          control={control}
          value={rules[control.field]}
          onChange={(value) => onChange({ [control.field]: value })}
        />
      ))}
      <GroupingSwitch isOn={rules.grouped} onChange={(grouped) => onChange({ grouped })} />
    </div>
  );
}

interface RuleSliderProps {
  readonly control: RuleControl;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function RuleSlider({ control, value, onChange }: RuleSliderProps) {
  const sentence = useId();
  const { label, unit, min, max, step } = control;
  return (
    <div className="rule-control">
      <Slider
        className="rule-slider"
        value={Math.min(max, Math.max(min, value))}
        minValue={min}
        maxValue={max}
        step={step}
        formatOptions={formatOf(control)}
        onChange={onChange}
      >
        <Label>{label}</Label>
        <SliderTrack className="rule-track">
          {({ state }) => (
            <>
              <span className="rule-fill" style={{ width: `${state.getThumbPercent(0) * 100}%` }} />
              <SliderThumb className="rule-thumb" aria-describedby={sentence} />
            </>
          )}
        </SliderTrack>
      </Slider>
      <div className="rule-value">
        <RuleNumber
          control={control}
          value={value}
          onChange={onChange}
          name={`${label}, as a number${unit === '' ? '' : ` of ${unit === 's' ? 'seconds' : unit}`}`}
        />
        {unit !== '' && <span aria-hidden="true">{unit}</span>}
      </div>
      <p id={sentence} className="quiet">
        {control.sentence}
      </p>
    </div>
  );
}

interface RuleNumberProps {
  readonly control: RuleControl;
  /** NaN where nothing is set. */
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly name: string;
  readonly placeholder?: string;
  readonly isFocused?: boolean;
}

/** A rule's value typed in: any the rule allows, not only what the slider offers. Empty is NaN. */
export function RuleNumber({ control, value, onChange, name, placeholder, isFocused = false }: RuleNumberProps) {
  const { field, unit, step } = control;
  return (
    <NumberField
      className="rule-number"
      aria-label={name}
      value={value}
      minValue={field === 'medianChunks' ? 1 : 0}
      {...(unit === '' ? { maxValue: 1 } : field === 'medianChunks' ? { maxValue: MAX_MEDIAN_CHUNKS } : {})}
      // Seconds are left without a step, which would round what is typed to it.
      {...(unit === 's' ? {} : { step })}
      formatOptions={formatOf(control)}
      onChange={onChange}
      autoFocus={isFocused}
    >
      <Input {...(placeholder === undefined ? {} : { placeholder })} />
    </NumberField>
  );
}

export const formatOf = ({ unit }: RuleControl): Intl.NumberFormatOptions =>
  unit === ''
    ? { minimumFractionDigits: 2, maximumFractionDigits: 2 }
    : { maximumFractionDigits: unit === 's' ? 2 : 0, useGrouping: false };

function GroupingSwitch({ isOn, onChange }: { readonly isOn: boolean; readonly onChange: (isOn: boolean) => void }) {
  const sentence = useId();
  return (
    <div className="rule-control">
      <Switch className="rule-switch" isSelected={isOn} onChange={onChange} aria-describedby={sentence}>
        <span className="rule-switch-track" aria-hidden="true" />
        {GROUPING.label}
      </Switch>
      <p id={sentence} className="quiet">
        {GROUPING.sentence}
      </p>
    </div>
  );
}
