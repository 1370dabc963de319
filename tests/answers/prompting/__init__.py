"""Answers to assignment 04."""
