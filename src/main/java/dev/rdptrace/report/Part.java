package dev.rdptrace.report;

import java.io.IOException;
import java.io.OutputStream;

/// A part of a report on several captures that was written when its capture was judged.
public interface Part {
    void copyTo(OutputStream out) throws IOException;
}
