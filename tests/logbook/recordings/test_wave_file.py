"""Sound as a wave file."""

import array
import io
import sys
import wave

from logbook.recordings import wave_file


def test_what_is_written_is_read_back_by_any_reader_of_wave_files() -> None:
    samples = [0, 1, -1, 32767, -32768]
    for rate in (8000, 16_000):
        with wave.open(io.BytesIO(wave_file.encoded(samples, rate))) as read:
            assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (rate, 1, 2)
            found = array.array("h", read.readframes(read.getnframes()))
        if sys.byteorder == "big":
            found.byteswap()
        assert list(found) == samples
