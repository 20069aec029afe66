"""Which files are taken: by content, name and size."""

import struct
import zlib

import pytest

from domain.files import SentFile, faults_of_file, kind_of


def png(*chunks: tuple[bytes, bytes], behind: bytes = b"") -> bytes:
    """A picture of one pixel, with further chunks."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        *chunks,
        (b"IDAT", zlib.compress(b"\0\0")),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body + behind


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\0" * 40 + b"\xff\xd9"
MOST = 2_000


@pytest.mark.parametrize(
    ("name", "media_type", "content", "reasons"),
    [
        pytest.param("营业执照.pdf", "application/pdf", PDF, [], id="a licence"),
        pytest.param("scan.PNG", "image/png", png(), [], id="a scan"),
        pytest.param("photo.jpeg", "image/jpeg", JPEG, [], id="a photo"),
        pytest.param("photo.jpg", "application/octet-stream", JPEG, [], id="a client that does not know"),
        pytest.param("a.pdf", "application/pdf", b"", ["FILE_EMPTY"], id="nothing"),
        pytest.param("a.pdf", "application/pdf", PDF + b" " * MOST, ["FILE_TOO_LARGE"], id="too large"),
        pytest.param("a.pdf", "application/pdf", b"MZ\x90\x00" + PDF, ["FILE_KIND"], id="a program that calls itself a PDF"),
        pytest.param("a.svg", "image/svg+xml", b"<svg xmlns='x'/>", ["FILE_KIND"], id="a format that is a program"),
        pytest.param("a.pdf", "application/pdf", PDF[:-7], ["FILE_KIND"], id="half a PDF"),
        pytest.param("a.html", "text/html", b"%PDF-<script>", ["FILE_KIND"], id="a page with a PDF's beginning"),
        pytest.param("a.png", "image/png", PDF, ["FILE_MISNAMED"], id="a PDF that calls itself a picture"),
        pytest.param("a.pdf", "text/html", PDF, ["FILE_MISNAMED"], id="a PDF announced as a page"),
        pytest.param("a.pdf.exe", "application/pdf", PDF, ["FILE_MISNAMED"], id="a PDF named as a program"),
        pytest.param("../../etc/a.pdf", "application/pdf", PDF, ["FILE_NAME"], id="a path"),
        pytest.param("C:\\a.pdf", "application/pdf", PDF, ["FILE_NAME"], id="a path of Windows"),
        pytest.param(".pdf", "application/pdf", PDF, ["FILE_NAME"], id="a hidden file"),
        pytest.param("a\u202efdp.pdf", "application/pdf", PDF, ["FILE_NAME"], id="a name that reads backwards"),
        pytest.param("a\n.pdf", "application/pdf", PDF, ["FILE_NAME"], id="a name on two lines"),
        pytest.param("x" * 117 + ".pdf", "application/pdf", PDF, ["TEXT_TOO_LONG"], id="a name too long"),
        pytest.param(
            "a.png",
            "image/png",
            png((b"tEXt", b"Comment\0<script>alert(1)</script>")),
            ["FILE_ACTIVE"],
            id="a script in a picture",
        ),
        pytest.param("a.png", "image/png", png(behind=b"<?php system(1);"), ["FILE_ACTIVE"], id="a script behind a picture"),
        pytest.param("a.jpg", "image/jpeg", JPEG[:-2] + b"<SVG onload=x>\xff\xd9", ["FILE_ACTIVE"], id="markup in a photo"),
        pytest.param(
            "a.pdf",
            "application/pdf",
            PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (x) >>"),
            ["FILE_ACTIVE"],
            id="a PDF that acts",
        ),
    ],
)
def test_what_is_wrong_with_a_file(name: str, media_type: str, content: bytes, reasons: list[str]) -> None:
    found = faults_of_file(SentFile(name, media_type, content), MOST)
    assert [each.reason for each in found] == reasons
    assert {each.field for each in found} <= {"file"}


@pytest.mark.parametrize(("content", "kind"), [(PDF, "application/pdf"), (png(), "image/png"), (JPEG, "image/jpeg")])
def test_content_tells_the_kind(content: bytes, kind: str) -> None:
    found = kind_of(content)
    assert found is not None
    assert found.media_type == kind
    assert kind_of(content[1:]) is None
