"""Answers to assignment 05, holistic evaluation."""
