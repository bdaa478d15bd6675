"""Puts a service's jobs and their times together: rooms say what there is to do, schedules.yaml says when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from chassis.jobs import Job, PlannedJob, Schedule
from chassis.telemetry import get_logger
from config import ConfigError, Finding, Reminder, Schedules

log = get_logger()

FILE = "schedules.yaml"

# Makes a job of a reminder of schedules.yaml, given its name.
Remind = Callable[[str, Reminder], Job]


class Timetable:
    """The jobs of a service with the times that are in force.

    `schedules` gives the file as it is now. A job without a time, or a time without a job, raises ConfigError at the
    start; in a later change it is said once, and the times before stay in force. `remind`: where this service is the
    one that reminds people.
    """

    def __init__(
        self,
        service: str,
        jobs: Sequence[Job],
        *,
        schedules: Callable[[], Schedules],
        zone: ZoneInfo,
        remind: Remind | None = None,
    ) -> None:
        self._service = service
        self._jobs = {job.name: job for job in jobs}
        if len(self._jobs) < len(jobs):
            raise ValueError("two jobs have the same name")
        self._schedules = schedules
        self._zone = zone
        self._remind = remind
        self._seen = schedules()
        self._planned = self._put_together(self._seen)

    def planned(self) -> Mapping[str, PlannedJob]:
        """The jobs, by name."""
        schedules = self._schedules()
        if schedules is not self._seen:
            self._seen = schedules
            try:
                self._planned = self._put_together(schedules)
            except ConfigError as error:
                findings = [str(finding) for finding in error.findings]
                log.error("configuration_rejected", findings=findings)  # noqa: TRY400 the findings say it all
        return self._planned

    def _put_together(self, schedules: Schedules) -> Mapping[str, PlannedJob]:
        times = schedules.jobs.get(self._service, {})
        if findings := list(self._differences(times)):
            raise ConfigError(findings)
        reminders = schedules.reminders if self._remind else {}
        if taken := sorted(set(reminders) & set(self._jobs)):
            raise ConfigError([Finding(FILE, None, f"reminders.{taken[0]}", "is the name of a job; choose another")])
        planned = {name: PlannedJob(job, Schedule(times[name], self._zone)) for name, job in self._jobs.items()}
        return planned | {name: self._reminder(name, each) for name, each in reminders.items()}

    def _reminder(self, name: str, reminder: Reminder) -> PlannedJob:
        if self._remind is None:
            raise LookupError("this service reminds nobody")
        return PlannedJob(self._remind(name, reminder), Schedule(reminder.at, self._zone))

    def _differences(self, times: Mapping[str, str]) -> Iterator[Finding]:
        for name in sorted(set(self._jobs) - set(times)):
            yield self._finding(name, "is missing; say when this job is due, in cron form")
        for name in sorted(set(times) - set(self._jobs)):
            yield self._finding(name, f"is no job of {self._service}; remove it or correct its name")

    def _finding(self, name: str, message: str) -> Finding:
        return Finding(FILE, None, f"jobs.{self._service}.{name}", message)
