/** People and what they may do: the directory, invitations, the table of rights, devices, activity. */

import { useParams } from "react-router";
import { usePeopleWords } from "../../../app/peopleWords";
import { LinkButton, ScreenHead, Tabs } from "../../../components/basics";
import { Activity } from "./Activity";
import { Devices } from "./Devices";
import { Invitations } from "./Invitations";
import { Matrix } from "./Matrix";
import { PeopleList } from "./PeopleList";
import { usePeopleStanding } from "./standing";

const TABS = {
  list: PeopleList,
  invitations: Invitations,
  rights: Matrix,
  devices: Devices,
  activity: Activity,
};

type TabName = keyof typeof TABS;

export default function People() {
  const { p } = usePeopleWords();
  const { tab = "list" } = useParams();
  const { gives } = usePeopleStanding();
  const offered = (Object.keys(TABS) as TabName[]).filter(
    (one) => one !== "invitations" || gives.length > 0,
  );
  const chosen = offered.find((one) => one === tab) ?? "list";
  const Tab = TABS[chosen];
  return (
    <>
      <ScreenHead title={p("title")}>
        {gives.length > 0 && (
          <LinkButton icon="add" to="/people/invite" tone="primary">
            {p("invite.new")}
          </LinkButton>
        )}
      </ScreenHead>
      <Tabs
        label={p("title")}
        tabs={offered.map((one) => ({
          to: `/people/${one}`,
          text: p(`tab.${one}`),
          chosen: one === chosen,
        }))}
      />
      <Tab />
    </>
  );
}
