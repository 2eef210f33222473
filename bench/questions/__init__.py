"""The questions `bench` can answer, one file each."""

from __future__ import annotations

from bench.questions.behaviour import Behaviour
from bench.questions.inference import Predicting
from bench.questions.process import WholeProcess
from bench.questions.question import Question
from bench.questions.training import Training

__all__ = ["QUESTIONS"]

QUESTIONS: dict[str, Question] = {
    question.name: question for question in (Training(), Predicting(), WholeProcess(), Behaviour())
}
