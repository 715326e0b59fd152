/** A schedule from Primavera or MS Project: dropped, compared, shown, and imported as shown. */

import { useState } from "react";
import { useImportingWords } from "../../../app/importingWords";
import { actions, useAppDispatch, useAppSelector } from "../../../app/store";
import { useRights } from "../../../app/useRights";
import { useWorkplace } from "../../../app/workplace";
import {
  Button,
  Empty,
  LinkButton,
  Notice,
  Panel,
  ProgressBar,
  ScreenHead,
} from "../../../components/basics";
import { Choosing } from "./Choosing";
import { DropZone } from "./DropZone";
import { type Choices, type ImportAnswer, importPath, NO_CHOICES } from "./importPlan";
import { Preview } from "./Preview";
import { type Sent, sendFile } from "./sending";

type Step = "sending" | "reading" | "writing";

export default function Import() {
  const { t, o, m } = useImportingWords();
  const rights = useRights();
  const online = useAppSelector((state) => state.sync.online);
  const importing = useImporting();
  const { file, answer, choices, step, trouble, done } = importing;
  const may = rights.mayAnywhere("project.update");
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead back="/schedule" backLabel={t("common.back")} title={m("title")}>
        {file !== null && step === null && (
          <Button icon="back" onClick={importing.forget}>
            {m("other")}
          </Button>
        )}
      </ScreenHead>
      {!online && <Notice icon="offline" mood="warn" title={m("offline")} />}
      {!may ? (
        <Empty icon="lock" title={o("not_yours")} />
      ) : done ? (
        <Done project={done} />
      ) : (
        <>
          {file === null && <DropZone onFile={(one) => void importing.look(one, choices)} />}
          {file !== null && <FileLine file={file} format={answer?.file.format ?? null} />}
          {step !== null && <Working part={importing.part} step={step} />}
          {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
          {file !== null && step === null && (
            <Choosing
              answer={answer}
              choices={choices}
              key={JSON.stringify(choices)}
              onChoose={(wanted) => void importing.look(file, wanted)}
            />
          )}
          {answer?.preview && step === null && (
            <Preview
              answer={answer}
              onConfirm={() => void importing.confirm()}
              preview={answer.preview}
            />
          )}
        </>
      )}
    </div>
  );
}

/** The state of one import, from the file to its end. */
function useImporting() {
  const { t, m, language } = useImportingWords();
  const { person, wake } = useWorkplace();
  const dispatch = useAppDispatch();
  const [file, setFile] = useState<File | null>(null);
  const [choices, setChoices] = useState<Choices>(NO_CHOICES);
  const [answer, setAnswer] = useState<ImportAnswer | null>(null);
  const [step, setStep] = useState<Step | null>(null);
  const [part, setPart] = useState(0);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);

  const send = async <T,>(path: string, body: File, then: Step): Promise<Sent<T>> => {
    setTrouble(null);
    setPart(0);
    setStep("sending");
    try {
      return await sendFile<T>(person, path, body, (sent) => {
        setPart(sent);
        if (sent >= 1) setStep(then);
      });
    } finally {
      setStep(null);
    }
  };
  const tell = (sent: Sent<unknown>): void => {
    if (sent.status === "unreachable") setTrouble(t("error.unreachable"));
    // What is wrong with a file is said by the server alone, in both languages.
    else if (sent.status === "refused") setTrouble(sent.problem.message[language]);
  };
  const look = async (one: File, wanted: Choices): Promise<void> => {
    setFile(one);
    setChoices(wanted);
    const sent = await send<ImportAnswer>(importPath(wanted), one, "reading");
    tell(sent);
    setAnswer(sent.status === "done" ? sent.body : null);
  };
  const confirm = async (): Promise<void> => {
    const preview = answer?.preview;
    if (file === null || !preview) return;
    const sent = await send<{ project: string }>(importPath(choices, preview), file, "writing");
    if (sent.status === "done") {
      dispatch(actions.projectChosen(sent.body.project));
      wake();
      setDone(sent.body.project);
    } else if (sent.status === "refused" && sent.problem.code === "import_outdated") {
      await look(file, choices);
      setTrouble(m("outdated"));
    } else {
      tell(sent);
    }
  };
  const forget = (): void => {
    setFile(null);
    setAnswer(null);
    setTrouble(null);
    setChoices(NO_CHOICES);
  };
  return { file, choices, answer, step, part, trouble, done, look, confirm, forget };
}

function FileLine({ file, format }: { file: File; format: string | null }) {
  return (
    <p className="font-semibold break-all">
      {file.name}
      {format !== null && (
        <span className="text-muted"> · {format.toUpperCase().replace("_", " ")}</span>
      )}
    </p>
  );
}

function Working({ step, part }: { step: Step; part: number }) {
  const { m } = useImportingWords();
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <p className="font-semibold" role="status">
        {m(step)}
      </p>
      {step === "sending" ? (
        <ProgressBar basisPoints={part * 10_000} label={m("progress")} />
      ) : (
        <progress aria-label={m(step)} className="h-2.5 w-full accent-accent" />
      )}
    </Panel>
  );
}

function Done({ project }: { project: string }) {
  const { o, m } = useImportingWords();
  return (
    <Notice icon="check" mood="good" title={m("done")}>
      <p>{m("done_words")}</p>
      <div className="flex flex-wrap gap-3 pt-3">
        <LinkButton icon="gantt" to="/schedule" tone="primary">
          {m("see")}
        </LinkButton>
        <LinkButton icon="people" to={`/projects/${project}`}>
          {o("project.members")}
        </LinkButton>
      </div>
    </Notice>
  );
}
