package dev.rdptrace.wire.gcc;

import dev.rdptrace.bytes.DecodeError;
import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.field.Names;
import dev.rdptrace.wire.field.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/// T.124 8.7 ConnectData with a Conference Create Request or Response: the PER wrapper around the data blocks.
public final class ConferenceCreate {

    /// [MS-RDPBCGR] 2.2.1.3 gccCCrq: what the client wants.
    public record Request(List<ClientData> blocks) {
        public Request {
            blocks = List.copyOf(blocks);
        }

        /// The first block of this type.
        public <T extends ClientData> Optional<T> find(Class<T> type) {
            return blocks.stream().filter(type::isInstance).map(type::cast).findFirst();
        }
    }

    /// [MS-RDPBCGR] 2.2.1.4 gccCCrsp: what the server grants.
    ///
    /// @param nodeId T.124 nodeID, or -1 when there is no response inside
    /// @param result T.124 result; 0 is success, -1 absent
    public record Response(int nodeId, int result, List<ServerData> blocks) {
        private static final Names RESULTS = Names.from(0, "success", "userRejected", "resourcesNotAvailable",
                "rejectedForSymmetryBreaking", "lockedConferenceNotSupported");

        public Response {
            blocks = List.copyOf(blocks);
        }

        /// What a refusing Connect-Response carries.
        public static Response none() {
            return new Response(-1, -1, List.of());
        }

        public String resultName() {
            return RESULTS.of(result);
        }

        /// The first block of this type.
        public <T extends ServerData> Optional<T> find(Class<T> type) {
            return blocks.stream().filter(type::isInstance).map(type::cast).findFirst();
        }
    }

    private ConferenceCreate() {}

    /// Reads the user data of a Connect-Initial.
    public static Request readRequest(Reader in) {
        readConnectData(in);
        in.u8("conferenceCreateRequest");
        in.u8("optional fields");
        int digits = in.u8("conferenceName") + 1;
        in.skip("conferenceName", (digits + 1) / 2);
        in.u8("padding");
        return new Request(readBlocks(userData(in, "Duca"), ClientData::read, ClientData.Damaged::new));
    }

    /// Reads the user data of a Connect-Response.
    public static Response readResponse(Reader in) {
        readConnectData(in);
        in.u8("conferenceCreateResponse");
        int nodeId = 1001 + in.u16("nodeID");
        in.skip("tag", perLength(in, "tag"));
        int result = in.u8("result");
        return new Response(nodeId, result, readBlocks(userData(in, "McDn"), ServerData::read, ServerData.Damaged::new));
    }

    /// The object identifier 0.0.20.124.0.1 and the length of what follows, which Windows servers state wrongly (42)
    /// and everybody ignores.
    private static void readConnectData(Reader in) {
        in.u8("t124Identifier");
        in.skip("t124Identifier", perLength(in, "t124Identifier"));
        perLength(in, "connectPDU");
    }

    private static Reader userData(Reader in, String expectedKey) {
        in.u8("number of user data sets");
        in.u8("user data choice");
        int keyLength = 4 + in.u8("h221NonStandard");
        String key = Text.ansi(in.bytes("h221NonStandard", keyLength));
        if (!key.equals(expectedKey)) {
            throw in.reject("h221NonStandard", "is not " + expectedKey);
        }
        return in.sub("userData", "GCC user data", perLength(in, "userData"));
    }

    /// [MS-RDPBCGR] 2.2.1.3.1 TS_UD_HEADER before each block. A block that contradicts itself does not spoil the others.
    private static <T> List<T> readBlocks(
            Reader in, BiFunction<Integer, Reader, T> block, BiFunction<Integer, DecodeError, T> damaged) {
        List<T> blocks = new ArrayList<>();
        while (!in.isEmpty()) {
            int type = in.u16le("type");
            byte[] body = in.bytes("length", in.u16le("length") - 4);
            Function<Reader, T> read = inner -> block.apply(type, inner);
            blocks.add(switch (Reader.decodeWhole(body, "TS_UD " + Hex.code(type), read)) {
                case Decoded.Complete<T>(var value, _) -> value;
                case Decoded.Broken<T>(var fault) -> damaged.apply(type, fault);
                case Decoded.Partial<T>(int missing) ->
                        damaged.apply(type, new DecodeError("TS_UD", "length", body.length, "lacks " + missing + " bytes"));
            });
        }
        return blocks;
    }

    /// PER length: one octet below 128, else two with the top bit set.
    private static int perLength(Reader in, String field) {
        int first = in.u8(field);
        return first < 0x80 ? first : (first & 0x3f) << 8 | in.u8(field);
    }
}
