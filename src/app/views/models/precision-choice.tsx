/** In which form the weights are kept: what each means, and what it takes. */
import { Label, Radio, RadioGroup } from 'react-aria-components';
import type { Precision } from '../../../installer/installer.ts';
import { PRECISION_WORDS, sizeText } from './model-words.ts';

interface PrecisionChoiceProps {
  readonly value: Precision;
  readonly onChange: (precision: Precision) => void;
  /** Bytes kept in each form; null where the file is not known yet. */
  readonly keptBytes: ((precision: Precision) => number) | null;
}

export function PrecisionChoice({ value, onChange, keptBytes }: PrecisionChoiceProps) {
  return (
    <RadioGroup
      className="precisions"
      value={value}
      onChange={(chosen) => {
        const known = PRECISION_WORDS.find(({ precision }) => precision === chosen);
        if (known) onChange(known.precision);
      }}
    >
      <Label>Keep the weights as</Label>
      {PRECISION_WORDS.map(({ precision, title, meaning }) => (
        <Radio key={precision} value={precision} className="precision">
          <span className="precision-title">
            {title}
            {keptBytes && <span className="amount"> about {sizeText(keptBytes(precision))}</span>}
          </span>
          <span className="quiet">{meaning}</span>
        </Radio>
      ))}
      <p className="quiet">
        What a form costs is measured when it is installed: its scores against those of fp32, on a sound that comes with
        the page. The model’s card shows it.
      </p>
    </RadioGroup>
  );
}
