package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.rules.OpeningRules.TLS_CLIENT_REJECTS_CERT;
import static dev.rdptrace.diagnosis.rules.WarningRules.RDG_TLS_FAILED;
import static dev.rdptrace.diagnosis.rules.WarningRules.RDG_UNREACHABLE;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.wire.credssp.KerberosError;
import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.CodeTable;
import dev.rdptrace.wire.field.HResult;
import dev.rdptrace.wire.field.NtStatus;
import dev.rdptrace.wire.field.Table;
import dev.rdptrace.wire.gateway.GatewayError;
import dev.rdptrace.wire.license.LicenseError;
import dev.rdptrace.wire.license.LicensePdu;
import dev.rdptrace.wire.rdstls.RdstlsResult;
import dev.rdptrace.wire.share.ErrorInfo;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.x224.FailureCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The codes of the protocols as people meet them in logs and dialogs: by number, hexadecimal or decimal, or by name.
public final class CodeBook {

    /// Whose number it is.
    public enum Family {
        NTSTATUS("NTSTATUS", "[MS-ERREF] 2.3.1"),
        HRESULT("HRESULT", "[MS-ERREF] 2.1.1"),
        ERROR_INFO("Set Error Info", "[MS-RDPBCGR] 2.2.5.1.1"),
        GATEWAY("RD Gateway", "[MS-TSGU] 2.2.6"),
        RDSTLS("RDSTLS result", "[MS-RDPBCGR] 2.2.17.4"),
        LICENSE("licensing error", "[MS-RDPBCGR] 2.2.1.12.1.3"),
        KERBEROS("Kerberos error", "RFC 4120 7.5.9"),
        ALERT("TLS alert", "RFC 8446 6; RFC 5246 7.2"),
        NEGOTIATION("negotiation failure", "[MS-RDPBCGR] 2.2.1.2.2"),
        EVENT("event", "");

        private final String word;
        private final String source;

        Family(String word, String source) {
            this.word = word;
            this.source = source;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    /// One reading of what was typed.
    ///
    /// @param number as the specification of the family writes it
    /// @param name as the specification writes it; of an event the log
    /// @param advice who must do what; may be empty
    /// @param ids the diagnoses that such a code leads to, the most usual first
    /// @param source where it is written
    public record Reading(Family family, String number, String name, String meaning, String advice, List<String> ids, String source) {}

    /// Small numbers belong to many tables: they are looked up only where the family is named.
    private static final int SMALL = 256;
    private static final int FIRST_OF_HTTP = 12_000;
    private static final int FIRST_OF_HTTP_TLS = 12_037;
    private static final int END_OF_HTTP = 12_200;
    private static final int ALERTS = 122;
    private static final int FAILURES = 6;
    private static final Pattern NUMBER = Pattern.compile("(?:0[xX]|(?=[8cC][0-9a-fA-F]{7}$))([0-9a-fA-F]{1,8})"
            + "|(-?\\d{1,10})|([0-9a-fA-F]{8})");
    private static final Pattern GATEWAY_IN_HRESULT = Pattern.compile("(?i)0x8007(59|5a)[0-9a-f]{2}");

    private static final List<Reading> EVENTS = Table.rows("event-ids.tsv").stream().map(CodeBook::event).toList();

    private CodeBook() {}

    /// Every reading of a number that may be too small to belong to one table only.
    public static List<Reading> anywhere(String typed) {
        return all().stream().filter(reading -> number(reading, typed.strip(), true)).distinct().toList();
    }

    /// Every reading of `typed`, which may carry the name of its family: `0xC000006D`, `SEC_E_LOGON_DENIED`, `-2146893044`, `23002`,
    /// `Kerberos 37`, `alert 40`.
    public static List<Reading> find(String typed) {
        String text = typed.strip();
        List<Reading> found = new ArrayList<>();
        for (Family family : Family.values()) {
            Matcher named = word(family).matcher(text);
            boolean asked = named.find();
            String rest = asked ? named.replaceAll(" ").strip() : text;
            for (Reading reading : all(family)) {
                if (reading.name().equalsIgnoreCase(rest) || number(reading, rest, asked)) {
                    found.add(reading);
                }
            }
        }
        return found.stream().distinct().toList();
    }

    /// Whether `typed` is one number of up to 32 bits.
    public static boolean isNumber(String typed) {
        return value(typed.strip()) >= 0;
    }

    /// The names of every table.
    public static List<String> names() {
        return all().stream().map(Reading::name).distinct().toList();
    }

    private static Pattern word(Family family) {
        String words = switch (family) {
            case NTSTATUS -> "nt\\s?status|sub\\s?status|status";
            case HRESULT -> "hresult|sspi|sec_e(?=\\s)";
            case ERROR_INFO -> "set error info|error\\s?info|errinfo(?=\\s)";
            case GATEWAY -> "rd gateway|gateway|rdg|tsgu|e_proxy(?=\\s)";
            case RDSTLS -> "rdstls( result)?";
            case LICENSE -> "licen[cs](e|ing)( error)?";
            case EVENT -> "event( ?id)?|log";
            case KERBEROS -> "kerberos( error)?|krb5?( error)?(?=\\s)|krb-error|kdc(?=\\s)";
            case ALERT -> "(tls |ssl )?alert";
            case NEGOTIATION -> "negotiation failure|failure code|neg failure";
        };
        return Pattern.compile("\\b(?:" + words + ")\\b(?: code)?:?", Pattern.CASE_INSENSITIVE);
    }

    private static boolean number(Reading reading, String text, boolean asked) {
        long typed = value(text);
        if (typed < 0 || typed < SMALL && !asked) {
            return false;
        }
        long code = value(reading.number());
        // Logs of the gateway print the number inside the HRESULT, in decimal or hexadecimal.
        boolean inside = reading.family() == Family.GATEWAY && (GATEWAY_IN_HRESULT.matcher(reading.number()).matches()
                && (code & 0xffff) == typed || GATEWAY_IN_HRESULT.matcher(text).matches() && (typed & 0xffff) == code);
        return code == typed || inside;
    }

    /// The 32 bits, −1 where `text` is no number.
    private static long value(String text) {
        Matcher number = NUMBER.matcher(text);
        if (!number.matches()) {
            return -1;
        }
        if (number.group(2) != null) {
            long decimal = Long.parseLong(number.group(2));
            return decimal < Integer.MIN_VALUE || decimal > 0xffffffffL ? -1 : decimal & 0xffffffffL;
        }
        return Long.parseLong(number.group(1) != null ? number.group(1) : number.group(3), 16);
    }

    /// Every code of every family.
    public static List<Reading> all() {
        return Stream.of(Family.values()).flatMap(family -> all(family).stream()).toList();
    }

    private static List<Reading> all(Family family) {
        return switch (family) {
            case NTSTATUS -> table(family, new NtStatus(0), code -> StatusCodes.of(code, true).id());
            case HRESULT -> table(family, new HResult(0), CodeBook::ofResult);
            case ERROR_INFO -> table(family, new ErrorInfo(0), code -> ClientCodes.lookup("ext " + code).usual().stream().findFirst()
                    .orElse(""));
            case GATEWAY -> table(family, new GatewayError(0), code -> StatusCodes.ofGateway(code, "tunnel").id());
            case RDSTLS -> table(family, new RdstlsResult(0), code -> "rdstls-auth-failed");
            case LICENSE -> table(family, new LicenseError(0), code -> code == LicensePdu.ErrorAlert.VALID_CLIENT ? ""
                    : StatusCodes.ofLicense(code).id());
            case EVENT -> EVENTS;
            case KERBEROS -> table(family, new KerberosError(0), code -> StatusCodes.refuses(code) ? StatusCodes.ofKerberos(code).id()
                    : "");
            case ALERT -> IntStream.range(0, ALERTS).mapToObj(code -> new Alert(Alert.FATAL, code))
                    .filter(alert -> !alert.name().matches("\\d+"))
                    .map(alert -> reading(family, Integer.toString(alert.code()), alert.name(), alert.meaning(), "", alertId(alert.code())))
                    .toList();
            case NEGOTIATION -> IntStream.rangeClosed(1, FAILURES).mapToObj(FailureCode::new)
                    .map(failure -> reading(family, Integer.toString(failure.code()), failure.name(), failure.meaning(), "",
                            pageOf("x224-neg-failure-" + failure.code() + "-")))
                    .toList();
        };
    }

    /// Success leads nowhere.
    private static List<Reading> table(Family family, Code anyOf, IntFunction<String> id) {
        List<Reading> readings = new ArrayList<>();
        for (CodeTable.Entry entry : anyOf.table().entries()) {
            String number = family == Family.KERBEROS || family == Family.LICENSE ? Integer.toString(entry.code())
                    : Hex.code32(entry.code());
            readings.add(reading(family, number, entry.name(), entry.meaning(), entry.advice(), entry.code() == 0 ? ""
                    : id.apply(entry.code())));
        }
        return readings;
    }

    private static Reading reading(Family family, String number, String name, String meaning, String advice, String id) {
        return new Reading(family, number, name, meaning, advice, id.isEmpty() ? List.of() : List.of(id), family.source);
    }

    /// `event log meaning advice diagnoses source`
    private static Reading event(String[] cells) {
        return new Reading(Family.EVENT, cells[0], cells[1], cells[2], cells[3], cells[4].isEmpty() ? List.of()
                : List.of(cells[4].split(" ")), cells[5]);
    }

    /// The high half is the facility: security packages and certificates, or what a client got from its HTTP library.
    private static String ofResult(int code) {
        int low = code & 0xffff;
        return switch (code >>> 16) {
            case 0x8009 -> low >= 0x2000 ? TLS_CLIENT_REJECTS_CERT.id() : StatusCodes.of(code, true).id();
            case 0x800B -> TLS_CLIENT_REJECTS_CERT.id();
            case 0x8007 -> low >= FIRST_OF_HTTP_TLS && low < END_OF_HTTP ? RDG_TLS_FAILED.id() : low >= FIRST_OF_HTTP && low < END_OF_HTTP
                    ? RDG_UNREACHABLE.id() : "";
            default -> "";
        };
    }

    private static String pageOf(String beginning) {
        return Catalog.ids().stream().filter(id -> id.startsWith(beginning)).findFirst().orElse("");
    }

    private static String alertId(int code) {
        return switch (code) {
            case 40, 71 -> "tls-alert-40-handshake-failure";
            case 70, 86 -> "tls-alert-70-version";
            case 80 -> "tls-alert-80-internal";
            case 20, 21, 51 -> "tls-alert-mac";
            case 42, 43, 44, 45, 46, 48 -> "tls-client-rejects-cert";
            case 116 -> "tls-client-cert-requested";
            case 0, 90 -> "";
            default -> "tls-alert-other";
        };
    }
}
