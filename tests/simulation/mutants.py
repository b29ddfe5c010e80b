"""Bugs planted by injection: each breaks one rule of the protocol, and some seed finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from shared.usecases.accept_upload import AcceptUpload
from shared.usecases.archive_jobs import ArchiveJobs
from shared.usecases.contents import Contents
from shared.usecases.deliver import Deliver
from shared.usecases.fill_slots import FillSlots
from shared.usecases.finalize_job import FinalizeJob
from shared.usecases.follow_task import FollowTask
from shared.usecases.forget import Forget
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal
from shared.usecases.own_tasks import OwnTasks
from shared.usecases.perform import Perform
from shared.usecases.places import Places
from shared.usecases.recall import Recall
from shared.usecases.rounds import Rounds
from shared.usecases.save_raw import SaveRaw
from shared.usecases.settle_uncertain import SettleUncertain
from shared.usecases.submit_task import SubmitTask
from shared.usecases.sweep_uploads import SweepUploads
from shared.usecases.take_in_uploads import TakeInUploads
from shared.usecases.watch_slots import WatchSlots
from shared.usecases.write_results import WriteResults
from tests.simulation import mutants_adopting as adopting
from tests.simulation import mutants_archiving as archiving
from tests.simulation import mutants_ending as ending
from tests.simulation import mutants_forgetting as forgetting
from tests.simulation import mutants_line as lining
from tests.simulation import mutants_paying as paying
from tests.simulation import mutants_told as told
from tests.simulation import stories
from tests.simulation import stories_archiving as of_archive
from tests.simulation import stories_forgetting as of_forgetting
from tests.simulation import stories_line as of_line
from tests.simulation.laws import LawBrokenError
from tests.simulation.shrinking import Build, Failed, run
from tests.simulation.storm import Setting, Storm


@dataclass(frozen=True)
class Mutant:
    """One planted bug: the rule that it breaks, the seed or the story that found it, and the
    use-cases or ports that carry it. Where the code has moved on, another seed may find it now.
    """

    rule: str
    by: int | stories.Story
    parts: Mapping[type, type] = field(default_factory=dict)
    ports: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    crowded: bool = False

    def setting(self, seed: int) -> Setting:
        """The storm that is to meet it."""
        return Setting(seed, uploads=12, crowded=True) if self.crowded else Setting(seed)

    @property
    def build(self) -> Build:
        """A storm over the pipeline with the bug in it."""
        return lambda setting: Storm(setting, self.parts, self.ports)


MUTANTS: Final[Mapping[str, Mutant]] = {
    "drops the intent record": Mutant("gate", 0, {Gatekeeper: paying.NoIntent}),
    "permits beside an open intent": Mutant("gate", 152, {Gatekeeper: paying.ManyIntents}),
    "keeps no distance between POSTs": Mutant("gate", 14, {Gatekeeper: paying.NoPace}),
    "posts before the row says so": Mutant("1", 0, {SubmitTask: paying.PostsWithoutRow}),
    "posts again on a time-out": Mutant("2", 26, {SubmitTask: paying.PostsAgain}),
    "an unknown outcome is none": Mutant("2", 11, {Journal: paying.PostsAfterUnknown}),
    "who is uncertain holds no token": Mutant(
        "2", 4692, {SubmitTask: paying.GivesBackTheUncertain}
    ),
    "a lost answer is a refusal": Mutant("2", 26, ports={"tasks": paying.Impatient}),
    "adopts any task": Mutant("3", 2, {SettleUncertain: paying.TakesAnyTask}),
    "an adopted result is trusted": Mutant("3", 18, {SaveRaw: adopting.TrustsAdopted}),
    "whose key it was is not asked": Mutant("3", 782, {OwnTasks: adopting.AnyKey}),
    "absence at once": Mutant("4", 13, {SettleUncertain: paying.AbsentAtOnce}),
    "a broken list proves absence": Mutant("4", 13, {SettleUncertain: paying.BrokenListProves}),
    "the pinned copy stays": Mutant("4", 0, {Perform: ending.KeepsCopy}),
    "a new try under an old number": Mutant("gate", 0, {Journal: paying.SameAttempt}),
    "forgets the nonce": Mutant("7", 0, {Journal: ending.OldNonce}),
    "everyone leads": Mutant("8", 6, {Contents: paying.EveryoneLeads}),
    "the leader's end is kept quiet": Mutant("8", 6, {Perform: ending.KeepsClaim}),
    "UNKNOWN means failed": Mutant("10", 0, {FollowTask: paying.UnknownMeansFailed}),
    "UNKNOWN means lost": Mutant("10", 0, {FollowTask: paying.UnknownMeansLost}),
    "gives back a slot without its key": Mutant("11", 0, {Gatekeeper: paying.ReleasesAnother}),
    "reservations leak": Mutant("11", 0, {Gatekeeper: paying.LeaksReservation}),
    "spending is forgotten": Mutant("11", 0, {Gatekeeper: paying.ForgetsSpending}),
    "a slot given back twice counts twice": Mutant("11", 10, {Gatekeeper: paying.SpendsTwice}),
    "submit acknowledges trouble": Mutant("13", 3, {TakeInUploads: ending.AcknowledgesTrouble}),
    "the sweep forgets": Mutant("13", 4, {SweepUploads: ending.SweepsNothing}),
    "nobody comes back to it": Mutant("2", 2, {Journal: ending.NeverDue}),
    "effects are not written down": Mutant("effects", 0, {Journal: ending.NoEffects}),
    "DONE before the manifest": Mutant("18", 0, {FinalizeJob: ending.DoneFirst}),
    "the manifest before its files": Mutant("18", 0, {WriteResults: ending.ManifestFirst}),
    "reads the upload, not the copy": Mutant("pin", 0, {WriteResults: ending.ReadsTheUpload}),
    "the outbox is cleared undelivered": Mutant("19", 1, {Deliver: ending.OutboxForgets}),
    "classifies by HTTP status": Mutant("law 6", 13, ports={"tasks": paying.ByStatus}),
    "late news ends a stop": Mutant(
        "law 6", stories.the_first_is_told_of_after_the_stop, {SubmitTask: told.AnyNewsEndsAStop}
    ),
    "keeps a signed URL": Mutant("law 8", 0, ports={"tasks": paying.Chatty}),
    "a stranger's key is not suspected": Mutant(
        "10", stories.another_accounts_key, {FollowTask: told.SuspectsNoKey}
    ),
    "Retry-After is not heard": Mutant(
        "backoff", stories.asked_to_wait, {SubmitTask: told.HearsNoWait}
    ),
    "refusals without end": Mutant(
        "backoff", stories.put_off_for_ever, {SubmitTask: told.NeverGivesUp}
    ),
    "the forgotten is paid for again": Mutant(
        "9", stories.told_after_it_was_forgotten, {AcceptUpload: told.AnyEventIsNew}
    ),
    "the forgotten leave their files": Mutant("9", 12, {Forget: forgetting.RowFirst}),
    "a sink is told of the forgotten": Mutant("9", 150, {Journal: forgetting.StillOwed}),
    "forgotten half way": Mutant("9", 2, {Forget: forgetting.InTheMiddle}),
    "forgotten with something to do": Mutant(
        "effects", of_forgetting.forgotten_before_all_was_done, {Forget: forgetting.HalfDone}
    ),
    "forgotten under a finalizer's hand": Mutant(
        "9",
        of_forgetting.forgotten_while_a_finalizer_was_held_up,
        {Forget: forgetting.OnceItEnded},
    ),
    "others' raw files are forgotten": Mutant("9", 126, {Forget: forgetting.BreaksPromises}),
    "removed, then put away": Mutant("9", 0, {ArchiveJobs: archiving.RemovesFirst}),
    "removed whatever it has become": Mutant("9", 45, {ArchiveJobs: archiving.RemovesWhateverItIs}),
    "removed though it was uploaded again": Mutant(
        "9", of_archive.changed_on_its_way, {ArchiveJobs: archiving.RemovesWhateverItIs}
    ),
    "put away with what it owes": Mutant("9", 5, {ArchiveJobs: archiving.PutsAwayDebts}),
    "nobody looks into the archive": Mutant("9", 1, {Recall: archiving.NeverLooks}),
    "versions begin anew after the archive": Mutant("9", 1, {Recall: archiving.CountsAnew}),
    "what was archived is announced as new": Mutant(
        "9", of_archive.told_after_it_was_archived, {Recall: archiving.NeverLooks}
    ),
    "what was archived is paid for again": Mutant(
        "9", of_archive.refused_before_it_was_archived, {Recall: archiving.NeverLooks}
    ),
    "a row that came again passes for its own": Mutant(
        "9", of_archive.a_process_of_before_it_was_archived, {Journal: archiving.ByVersionAlone}
    ),
    "LOST without asking": Mutant(
        "law 3", stories.finalizers_away_for_hours, {FollowTask: told.AsksNobody}
    ),
    "deadlines order nothing": Mutant(
        "17", stories.a_result_behind_a_heap_of_events, {Rounds: told.FirstDueFirst}
    ),
    "a result is one chore of many": Mutant(
        "17", stories.a_result_behind_a_heap_of_events, {Rounds: told.AmongTheChores}
    ),
    "all folders share their turns": Mutant(
        "16", of_line.a_few_beside_many, {Places: lining.OneFolder}
    ),
    "an idle folder saves up turns": Mutant(
        "16", of_line.one_that_was_idle, {Places: lining.SavesUp}
    ),
    "who came last goes first": Mutant(
        "16", of_line.first_come_first_served, {FillSlots: lining.NewestFirst}
    ),
    "who stands by is trusted": Mutant(
        "gate", of_line.the_next_in_line_was_served_meanwhile, {WatchSlots: lining.TrustsStandby}
    ),
    "a raised quota frees nobody": Mutant(
        "11", of_line.a_prefixes_budget_is_raised, {FillSlots: lining.FreesNobody}
    ),
    "a prefix's quota is not asked": Mutant(
        "11", 0, {Gatekeeper: lining.AsksNoPrefix}, crowded=True
    ),
    "a prefix's spending is given back": Mutant(
        "11", 8, {Gatekeeper: lining.GivesBackToPrefix}, crowded=True
    ),
    "over its quota, and in the line": Mutant(
        "11", 0, {FillSlots: lining.StaysInLine}, crowded=True
    ),
    "equal bytes wait for a quota": Mutant(
        "8", 30, {Contents: lining.FollowsTheHeld}, crowded=True
    ),
}


def found_by(mutant: Mutant, seeds: Iterable[int]) -> tuple[int | str, str] | None:
    """What finds it, its story or else the first seed, and the law that was seen broken."""
    if not isinstance(mutant.by, int):
        return _found_by_story(mutant, mutant.by)
    for seed in chain([mutant.by], seeds):
        outcome = run(mutant.setting(seed), mutant.build)
        if isinstance(outcome, Failed):
            return seed, outcome.law
    return None


def _found_by_story(mutant: Mutant, story: stories.Story) -> tuple[str, str] | None:
    try:
        story(stories.Cast(mutant.parts))
    except LawBrokenError as broken:
        return story.__name__, str(broken)
    return None
