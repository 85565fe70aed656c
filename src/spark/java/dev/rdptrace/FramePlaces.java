package dev.rdptrace;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.DerivedSource;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Which frame of which file a frame of a recording is: a report counts them over all files.
public final class FramePlaces {

    /// @param frame of the file, from 1
    public record Place(String file, long frame) {}

    private record Run(String file, long firstFrame) {}

    private final TreeMap<Long, Run> runs = new TreeMap<>(); // by the number of their first frame in the recording

    private FramePlaces() {}

    /// Of files that follow each other.
    public static FramePlaces of(List<FileFindings> files) {
        FramePlaces places = new FramePlaces();
        long before = 0;
        for (FileFindings one : files) {
            places.runs.put(before + 1, new Run(one.path(), 1));
            before += one.frames();
        }
        return places;
    }

    /// Where a frame is, by its number in the recording.
    public Place place(long number) {
        Map.Entry<Long, Run> run = runs.floorEntry(number);
        return run == null ? new Place("", number) : new Place(run.getValue().file, run.getValue().firstFrame + number - run.getKey());
    }

    /// Learns from the frames that `source` brings, whose files may overlap.
    static FramePlaces none() {
        return new FramePlaces();
    }

    /// The same source; where each of its frames is is noted here, anew for each source.
    PacketSource noting(PacketSource source) {
        runs.clear();
        return new DerivedSource(source) {
            private final Map<String, Long> read = new HashMap<>(); // frames, by file
            private final List<String> fileOf = new ArrayList<>(); // by interface
            private String file = "";

            @Override
            public boolean next(Frame frame) throws IOException {
                if (!source.next(frame)) {
                    return false;
                }
                String now = file(frame.interfaceIndex());
                long before = read.merge(now, 1L, Long::sum) - 1;
                if (!now.equals(file) || runs.isEmpty()) {
                    file = now;
                    runs.put(frame.number(), new Run(now, before + 1));
                }
                return true;
            }

            private String file(int network) {
                if (network >= fileOf.size()) {
                    CaptureFacts facts = source.facts();
                    facts.interfaces().subList(fileOf.size(), facts.interfaces().size()).forEach(one -> fileOf.add(one.file()));
                }
                return network < 0 || network >= fileOf.size() ? file : fileOf.get(network); // a block that is no packet has none
            }
        };
    }
}
