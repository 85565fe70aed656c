package dev.rdptrace.spark;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.FileFindings;
import dev.rdptrace.KeptRecording;
import dev.rdptrace.KeptSource;
import dev.rdptrace.KeptSource.Block;
import dev.rdptrace.Selection;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Format;
import dev.rdptrace.report.Style;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What was kept of the files of a ring, without Spark.
record KeptRing(List<FileFindings> found, List<Block> blocks) {

    static KeptRing of(List<String> ring) throws IOException {
        KeptRing all = new KeptRing(new ArrayList<>(), new ArrayList<>());
        for (String path : ring) {
            try (Selection selection = new Selection(path, Path.of(path), Analyzer.Options.NONE)) {
                List<byte[]> kept = new ArrayList<>();
                for (byte[] next = selection.next(); next != null; next = selection.next()) {
                    kept.add(next);
                }
                int file = all.found.size();
                all.blocks.add(new Block(file, KeptSource.LAST_WORDS, selection.lastWords()));
                for (int i = 0; i < kept.size(); i++) {
                    all.blocks.add(new Block(file, i, kept.get(i)));
                }
                all.found.add(selection.findings());
            }
        }
        return all;
    }

    /// @param added what each reading for more has brought
    KeptRecording.Result judge(List<List<Block>> added) throws IOException {
        return KeptRecording.judge(found, blocks::iterator, () -> added.stream().map(List::iterator).toList(), Analyzer.Options.NONE);
    }

    /// What one process says of the files.
    static String alone(List<String> ring) throws IOException {
        return report(Analyzer.analyze(() -> Captures.open(ring, InputStream.nullInputStream()), Analyzer.Options.NONE, () -> false));
    }

    static String report(Analysis analysis) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Format.JSON.write(analysis.report("test"), Style.PLAIN, Disguise.NONE, out);
        return out.toString(StandardCharsets.UTF_8);
    }
}
