"""Plays a script: hour by hour, the devices side by side, each in the order of its own steps."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from server.simulation.acting import intended
from sync.replica import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from server.simulation.device import PlayedDevice
    from server.simulation.doing import Scene
    from server.simulation.script import Script, Step

HEALING_SECONDS_MAX = 30.0
"""Within this, once faults end, every outbox is empty and all hold the same."""
PAUSE_SECONDS = 0.1
QUIET_ROUNDS = 2


class HealingError(Exception):
    """Without faults, and given time, a device still could not finish."""


class Player:
    """Holds the devices while a script is played."""

    def __init__(
        self,
        script: Script,
        scene: Scene,
        devices: dict[str, PlayedDevice],
        *,
        clone: Callable[[str, str, Path], PlayedDevice],
        concurrent: bool = True,
    ) -> None:
        self.script = script
        self.scene = scene
        self.devices = devices
        self.did: Counter[str] = Counter()
        """What became of the steps: change sets made by intent, what was left out or refused."""
        self._clone = clone
        self._concurrent = concurrent

    async def play(self, on_day: Callable[[int], None]) -> None:
        """Play every step; `on_day` is called as each day begins."""
        for day, steps in groupby(self.script.steps, key=lambda step: step.day):
            on_day(day)
            for _, hour in groupby(steps, key=lambda step: step.hour):
                await self._play_hour(list(hour))

    async def _play_hour(self, steps: list[Step]) -> None:
        by_device: dict[str, list[Step]] = {}
        for step in steps:
            by_device.setdefault(step.device, []).append(step)
        if self._concurrent:
            await asyncio.gather(*(self._play_steps(mine) for mine in by_device.values()))
            return
        for mine in by_device.values():
            await self._play_steps(mine)

    async def _play_steps(self, steps: list[Step]) -> None:
        for step in steps:
            device = self.devices.get(step.device)
            if device is None:
                self.did["left out"] += 1
                continue
            match step.action:
                case "sync":
                    await device.sync(step.values.get("faults", ()))
                case "backup":
                    device.copy_to(_backup_of(device))
                case "restore":
                    device.restore_from(_backup_of(device))
                    self.did["restored"] += 1
                case "clone":
                    self._make_clone(device, step.about)
                case _:
                    self._act(device, step)

    def _act(self, device: PlayedDevice, step: Step) -> None:
        wanted = intended(self.scene, device.replica, step)
        if not wanted:
            self.did["left out"] += 1
        for one in wanted:
            try:
                device.replica.edit(one.intent, one.edits)
            except RefusedError:
                self.did["refused on the device"] += 1
                continue
            device.made += 1
            self.did[one.intent] += 1

    def _make_clone(self, device: PlayedDevice, name: str) -> None:
        path = device.path.with_name(f"{name}.sqlite")
        device.copy_to(path)
        self.devices[name] = self._clone(device.name, name, path)
        self.scene.people = {**self.scene.people, name: self.scene.people[device.name]}
        self.did["cloned"] += 1

    async def heal(self, extra: Mapping[str, PlayedDevice] | None = None) -> None:
        """Take every fault away and synchronise all, until nothing is left to send or fetch.

        A round that sends nothing is followed by a last one, in which all see the same.

        Raises HealingError, with what is left when the time is over.
        """
        devices = {**self.devices, **(extra or {})}.values()
        limit = time.monotonic() + HEALING_SECONDS_MAX
        quiet = 0
        while quiet < QUIET_ROUNDS:
            pushed, trouble = 0, ""
            for device in devices:
                report = await device.sync()
                pushed += report.pushed
                if not report.complete:
                    trouble = f"{device.name}: {report.error or f'{report.waiting} waiting'}"
            quiet = 0 if pushed or trouble else quiet + 1
            if trouble:
                await asyncio.sleep(PAUSE_SECONDS)
            if quiet < QUIET_ROUNDS and time.monotonic() > limit:
                raise HealingError(trouble or "the outboxes never empty")


def _backup_of(device: PlayedDevice) -> Path:
    return device.path.with_name(f"{device.name}-backup.sqlite")
