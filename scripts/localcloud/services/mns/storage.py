"""Where topics, queues and messages lie: one SQLite file."""

from __future__ import annotations

from scripts.localcloud.core.storage import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS queues (
    name TEXT PRIMARY KEY, body TEXT NOT NULL, created_at REAL NOT NULL, modified_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS topics (
    name TEXT PRIMARY KEY, body TEXT NOT NULL, created_at REAL NOT NULL, modified_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (
    topic TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (topic, name));
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL,
    body TEXT NOT NULL, priority INTEGER NOT NULL, properties TEXT NOT NULL,
    enqueued_at REAL NOT NULL, visible_at REAL NOT NULL, expires_at REAL NOT NULL,
    first_dequeued_at REAL, dequeue_count INTEGER NOT NULL DEFAULT 0, receipt TEXT);
CREATE INDEX IF NOT EXISTS messages_by_turn ON messages (queue, priority, id);
CREATE INDEX IF NOT EXISTS messages_by_time ON messages (queue, visible_at);
CREATE TABLE IF NOT EXISTS published (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, message_id TEXT NOT NULL,
    body TEXT NOT NULL, tag TEXT NOT NULL, properties TEXT NOT NULL, published_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS published_by_topic ON published (topic, id);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, published INTEGER NOT NULL, topic TEXT NOT NULL,
    subscription TEXT NOT NULL, attempts INTEGER NOT NULL, due_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (due_at);
"""


def prepare(database: Database) -> None:
    """Make the tables that are not there yet."""
    database.script(_SCHEMA)
