import { useState } from "react";
import { useNow, useTranslations } from "use-intl";
import type { Source } from "@/api/projects";
import { fieldError } from "@/screens/project/fieldErrors";
import { BothTimes } from "@/screens/project/NextSync";
import { hasFiveParts, nextNight, PRESET_NAMES, PRESETS, type Preset, presetOf } from "@/screens/project/schedule";
import { Field, Select, TextInput } from "@/ui/Field";

interface ScheduleFieldProps {
  /** In cron syntax; "" for none. */
  value: string;
  onChange: (schedule: string) => void;
  /** The source as it is stored; null for a new one. */
  source: Source | null;
  error: Error | null;
}

/** When a source is synced by itself: by name, or in cron syntax. */
export function ScheduleField({ value, onChange, source, error }: ScheduleFieldProps) {
  const t = useTranslations("project.schedule");
  const [isCustom, setCustom] = useState(presetOf(value) === null);
  const refusal = fieldError(error, "schedule");
  const choose = (chosen: Preset | "custom") => {
    setCustom(chosen === "custom");
    if (chosen !== "custom") onChange(PRESETS[chosen]);
  };
  return (
    <div className="grid items-start gap-4 sm:grid-cols-2">
      <Field label={t("label")} hint={<Hint value={value} source={source} />} error={isCustom ? undefined : refusal}>
        <Select
          value={isCustom ? "custom" : (presetOf(value) ?? "custom")}
          onChange={(event) => choose(event.target.value as Preset | "custom")}
        >
          {PRESET_NAMES.map((name) => (
            <option key={name} value={name}>
              {t(`presets.${name}`)}
            </option>
          ))}
          <option value="custom">{t("custom")}</option>
        </Select>
      </Field>
      {isCustom && <CronField value={value} onChange={onChange} refusal={refusal} />}
    </div>
  );
}

function CronField({
  value,
  onChange,
  refusal,
}: Pick<ScheduleFieldProps, "value" | "onChange"> & { refusal?: string | undefined }) {
  const t = useTranslations("project.schedule");
  const isDoubtful = value.trim() !== "" && !hasFiveParts(value);
  const hint = isDoubtful ? <span className="text-warning">{t("cronDoubt")}</span> : t("cronHint");
  return (
    <Field label={t("cron")} hint={hint} error={refusal} isRequired>
      <TextInput
        value={value}
        required
        maxLength={100}
        placeholder="30 6 * * 1-5"
        spellCheck={false}
        className="font-mono"
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

/** When that is next: as the server says of what is stored, else as far as its name tells. */
function Hint({ value, source }: Pick<ScheduleFieldProps, "value" | "source">) {
  const t = useTranslations("project.schedule");
  const now = useNow();
  if (value !== "" && value === source?.schedule && source.next_sync_at) {
    const { next_sync_at: next } = source;
    return t.rich("next", { times: () => <BothTimes at={next} /> });
  }
  const preset = presetOf(value);
  if (preset === "nightly") return t.rich("next", { times: () => <BothTimes at={nextNight(now).toISOString()} /> });
  return preset === "never" ? t("neverHint") : t("hint");
}
