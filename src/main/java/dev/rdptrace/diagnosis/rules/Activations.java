package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.timeline.Moment;
import java.util.List;

/// How often the server begins the session anew, [MS-RDPBCGR] 1.3.1.3: twice around a logon is normal.
final class Activations {
    static final int LOOP = 3;

    private Activations() {}

    /// The most Demand Active PDUs that were read within twenty seconds.
    static int within(Case c) {
        List<Moment> begun = c.attempt().inner().activations();
        int most = 0;
        int from = 0;
        for (int i = 0; i < begun.size(); i++) {
            while (begun.get(i).secondsSince(begun.get(from)) > Limits.ACTIVATION_SECONDS) {
                from++;
            }
            most = Math.max(most, i - from + 1);
        }
        return most;
    }
}
