"""The matrix of documents: written out by hand, like `expected`."""

from __future__ import annotations

from tests.server.users.permissions.expecting import (
    ALL,
    CREW,
    DECIDE,
    NOBODY,
    PLAN,
    Expected,
    Move,
)

DOCUMENTS = {
    "folder": Expected(
        read=ALL,
        create=PLAN,
        delete=PLAN,
        fields={PLAN: "parent_id name category", NOBODY: "home_id project_id members"},
    ),
    "document": Expected(
        read=ALL,
        create=CREW,
        delete="AM",
        fields={
            DECIDE: "folder_id title category description status tags taken_at "
            "latitude_microdegrees longitude_microdegrees pinned trashed_at",
            NOBODY: "home_id project_id author_id purge_at version_id content_type size_bytes",
        },
        own_fields={
            CREW: "folder_id title category description status tags taken_at "
            "latitude_microdegrees longitude_microdegrees pinned trashed_at",
            NOBODY: "home_id project_id author_id purge_at version_id content_type size_bytes",
        },
        moves=(
            Move(DECIDE, "work_in_progress", "published"),
            Move(DECIDE, "work_in_progress", "published", own=True),
            Move(DECIDE, "published", "archived", own=True),
        ),
    ),
    "document_version": Expected(
        read=ALL,
        create=CREW,
        delete="AM",
        fields={
            DECIDE: "label",
            NOBODY: "home_id document_id file_name size_bytes sha256 comment restored_from "
            "author_id number state object_sha256 content_type stored_bytes received_at stored_at "
            "problem",
        },
    ),
    "document_link": Expected(
        read=ALL,
        create=CREW,
        delete=DECIDE,
        delete_own=CREW,
        fields={
            NOBODY: "home_id document_id subject_table subject_id purpose position author_id",
        },
        own_fields={
            NOBODY: "home_id document_id subject_table subject_id purpose position author_id",
        },
    ),
    "offline_rule": Expected(
        read=ALL,
        create=PLAN,
        delete=PLAN,
        fields={
            PLAN: "recent_days mine pinned file_bytes_max total_bytes_max",
            NOBODY: "project_id",
        },
    ),
}
