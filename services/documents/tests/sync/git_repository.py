"""Real git repositories for tests, made by the git program."""

import os
import subprocess
from pathlib import Path

_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-05-04T09:30:00Z",
    "GIT_COMMITTER_DATE": "2026-05-04T09:30:00Z",
}


class GitRepository:
    """A repository with a work tree in `folder`, on the branch `main`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "http.receivepack", "false")

    def git(self, *arguments: str, data: bytes | None = None) -> str:
        """Run git in the work tree; its output."""
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=_ENVIRONMENT, input=data, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode(errors="surrogateescape").strip()

    def write(self, files: dict[str, str | bytes]) -> None:
        """Write files by path."""
        for path, content in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: dict[str, str | bytes] | None = None, *options: str) -> str:
        """Write files, commit everything; the commit's id."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=change", *options)
        return self.git("rev-parse", "HEAD")

    def add_raw(self, mode: str, path: bytes, object_id: str) -> None:
        """Put an entry into the index that no work tree could hold."""
        record = f"{mode} {object_id}\t".encode() + path + b"\0"
        self.git("update-index", "-z", "--index-info", data=record)

    def blobs(self) -> dict[str, str]:
        """Blob ids by path of HEAD's regular files."""
        lines = self.git("ls-tree", "-r", "-z", "HEAD").split("\0")
        entries = [line.split("\t", 1) for line in lines if line]
        return {path: head.split()[2] for head, path in entries if head.startswith("100")}
