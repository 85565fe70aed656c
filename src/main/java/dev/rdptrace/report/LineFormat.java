package dev.rdptrace.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// Reports with one line for each try, which may be told as it is judged.
public enum LineFormat {
    /// An object of the JSON report.
    NDJSON,
    /// A document of the Elastic Common Schema.
    ECS,
    /// A line of a log as Zeek writes it.
    ZEEK;

    /// What stands above the first line.
    public void head(boolean shared, OutputStream out) throws IOException {
        if (this == ZEEK) {
            out.write(ZeekReport.head(shared).getBytes(StandardCharsets.US_ASCII));
        }
    }

    /// A line for each try of the report.
    public void lines(Report report, Disguise disguise, OutputStream out) throws IOException {
        switch (this) {
            case NDJSON -> JsonReport.writeLines(report, disguise, out);
            case ECS -> JsonReport.written(out, () -> EcsReport.write(report, disguise, out));
            case ZEEK -> ZeekReport.write(report, disguise, out);
        }
    }
}
