"""What P6's XML says, read by example; its real file is compared with MPXJ elsewhere."""

from datetime import date, datetime
from decimal import Decimal

from server.projects.schedules.model import PercentType, RelationType, SourceFormat
from server.projects.schedules.working_time import working_minutes
from tests.server.projects.schedules.small_files import read

FILE = """<?xml version="1.0" encoding="UTF-8"?>
<APIBusinessObjects xmlns="http://xmlns.oracle.com/Primavera/P6/V22.12/API/BusinessObjects"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <Currency><ObjectId>1</ObjectId><Id>XAF</Id><IsBaseCurrency>1</IsBaseCurrency></Currency>
 <Calendar><ObjectId>5</ObjectId><Name>Bureau</Name><StandardWorkWeek>
  <StandardWorkHours><DayOfWeek>Monday</DayOfWeek>
   <WorkTime><Start>08:00:00</Start><Finish>11:59:00</Finish></WorkTime></StandardWorkHours>
  </StandardWorkWeek><HolidayOrExceptions><HolidayOrException><Date>2026-03-09T00:00:00</Date>
   <WorkTime xsi:nil="true"/></HolidayOrException></HolidayOrExceptions></Calendar>
 <Resource><ObjectId>3</ObjectId><Id>AD</Id><Name>Awa Diop</Name>
  <ResourceType>Labor</ResourceType></Resource>
 <Calendar><ObjectId>6</ObjectId><Name>Awa Diop</Name><Type>Resource</Type>
  <BaseCalendarObjectId>5</BaseCalendarObjectId></Calendar>
 <UDFType><ObjectId>9</ObjectId><Title>Repère</Title></UDFType>
 <Project>
  <WBS><ObjectId>20</ObjectId><Code>GC</Code><Name>Génie civil</Name></WBS>
  <Activity><ObjectId>7</ObjectId><Id>A10</Id><Name>Fouilles</Name><WBSObjectId>20</WBSObjectId>
   <PercentCompleteType>Physical</PercentCompleteType><CalendarObjectId>5</CalendarObjectId>
   <PhysicalPercentComplete>0.35</PhysicalPercentComplete></Activity>
  <Activity><ObjectId>8</ObjectId><Id>A20</Id><Name>Béton</Name></Activity>
  <Relationship><PredecessorActivityObjectId>7</PredecessorActivityObjectId><Lag>-4</Lag>
   <SuccessorActivityObjectId>8</SuccessorActivityObjectId><Type>Start to Finish</Type>
  </Relationship>
  <ResourceAssignment><ObjectId>1</ObjectId><ActivityObjectId>7</ActivityObjectId>
   <ResourceObjectId>3</ResourceObjectId><PlannedCost>1250.75</PlannedCost></ResourceAssignment>
  <ActivityExpense><ObjectId>2</ObjectId><ActivityObjectId>8</ActivityObjectId>
   <ExpenseItem>Location</ExpenseItem><PlannedCost>100</PlannedCost></ActivityExpense>
  <ObjectId>42</ObjectId><Id>MBK</Id><Name>Plateforme</Name>
  <DataDate>2026-03-02T08:00:00</DataDate>
 </Project>
 <Project><ObjectId>43</ObjectId><Id>MBK2</Id><Name>Conduite</Name></Project>
</APIBusinessObjects>"""


def test_projects_and_their_rows_are_read() -> None:
    """Rows that stand before their project's identifier belong to it all the same."""
    schedule, report = read(FILE.encode())
    first, second = schedule.projects
    assert (schedule.source_format, schedule.currency) == (SourceFormat.P6_XML, "XAF")
    assert (first.identifier, first.name, second.name) == ("42", "Plateforme", "Conduite")
    assert first.data_date == datetime.fromisoformat("2026-03-02T08:00")
    assert [(node.name, node.parent) for node in first.wbs] == [
        ("Plateforme", None),
        ("Génie civil", "project-42"),
    ]
    digging, concrete = first.activities
    assert (digging.wbs, concrete.wbs) == ("20", "project-42")
    assert (digging.percent_type, digging.percent_complete) == (PercentType.PHYSICAL, 35.0)
    (relation,) = first.relations
    assert (relation.type, relation.lag_hours) == (RelationType.START_TO_FINISH, -4.0)
    assert first.assignments[0].planned_cost == Decimal("1250.75")
    assert first.expenses[0].planned_cost == Decimal(100)
    assert second.activities == ()
    assert {row.table: row.rows_left for row in report.tables}["UDFType"] == 2


def test_the_last_minute_of_a_period_is_worked() -> None:
    """A finish of 11:59 is noon; a holiday has no work."""
    calendar, _ = read(FILE.encode())[0].calendars
    assert working_minutes(calendar, date(2026, 3, 2)) == 240
    assert working_minutes(calendar, date(2026, 3, 9)) == 0


def test_people_are_dropped_unless_asked_for() -> None:
    """The names of labour come on demand only."""
    assert "Awa" not in repr(read(FILE.encode()))
    assert read(FILE.encode(), include_personal=True)[0].resources[0].name == "Awa Diop"
