"""Answers to assignment 01, clustering."""
