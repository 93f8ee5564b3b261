import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Manager;
import io.socket.client.Socket;
import io.socket.emitter.Emitter;
import io.socket.parser.Packet;
import io.socket.parser.Parser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.Properties;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The interoperability program around io.socket:socket.io-client, of 1.x or 2.x: whichever it is run
 * with. What it reads and writes is told in ../../README.md.
 *
 * <ul>
 *   <li>One line is one write to standard output, under a lock; nothing else is written there.
 *   <li>Orders are carried out one after the other, by the main thread; the library does its work on
 *       a thread of its own, where all listeners run.
 *   <li>Each connection has an HTTP client of its own: one alone would have five requests to a host
 *       at a time, which are soon taken by polls.
 *   <li>What is not the same in both versions is decided by {@link #OLD}.
 * </ul>
 *
 * What the library cannot do: notice that the server closes a WebSocket before the TCP connection
 * ends, and, in 1.x, read what a server says to a socket that it refuses unless it is a text.
 */
public final class Client {
    private static final String BYTES_KEY = "$bytes";
    /** The bounds of the delay between two attempts to reconnect, in milliseconds. */
    private static final int RECONNECT_DELAY = 100;
    private static final int RECONNECT_DELAY_MAX = 200;
    private static final String PROPERTIES =
        "/META-INF/maven/io.socket/socket.io-client/pom.properties";
    private static final String VERSION = version();
    /** Speaks to servers of Socket.IO 1.x and 2.x. */
    private static final boolean OLD = VERSION.startsWith("1.");
    private static final Map<String, Socket> SOCKETS = new HashMap<>();

    private Client() {}

    public static void main(String[] args) throws IOException {
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> fault(null, error));
        tell("ready", null, "client", "socket.io-client-java", "version", VERSION);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        String line;
        while ((line = lines.readLine()) != null) {
            String id = null;
            try {
                JSONObject order = new JSONObject(line);
                id = order.optString("id", null);
                if (order.getString("do").equals("exit")) break;
                obey(order, id);
            } catch (JSONException | RuntimeException error) {
                fault(id, error);
            }
        }
        System.exit(0); // the library has threads that would go on
    }

    private static void obey(JSONObject order, String id) throws JSONException {
        switch (order.getString("do")) {
            case "open" -> open(order, id);
            case "join" -> {
                Manager manager = find(order.getString("of")).io();
                IO.Options options = new IO.Options();
                setAuth(options, order.getJSONObject("auth"));
                connect(manager.socket(order.getString("namespace"), options), order, id);
            }
            case "emit" -> find(id).emit(order.getString("event"), arguments(order));
            case "ask" -> {
                Object number = order.get("ask");
                Ack ack = args -> tell("answer", id, "ask", number, "args", packAll(args));
                find(id).emit(order.getString("event"), arguments(order), ack);
            }
            case "close" -> {
                Socket socket = SOCKETS.get(id);
                if (socket != null) socket.disconnect();
            }
            default -> throw new IllegalArgumentException("no such order: " + order);
        }
    }

    private static void open(JSONObject order, String id) throws JSONException {
        IO.Options options = new IO.Options();
        options.forceNew = true;
        options.transports = switch (order.getString("transport")) {
            case "polling" -> new String[] {"polling"};
            case "websocket" -> new String[] {"websocket"};
            default -> new String[] {"polling", "websocket"};
        };
        options.reconnection = order.getBoolean("reconnect");
        options.reconnectionDelay = RECONNECT_DELAY;
        options.reconnectionDelayMax = RECONNECT_DELAY_MAX;
        // With the wait that the library gives a client of its own.
        OkHttpClient http = new OkHttpClient.Builder().readTimeout(1, TimeUnit.MINUTES).build();
        options.callFactory = http;
        options.webSocketFactory = http;
        setAuth(options, order.getJSONObject("auth"));
        URI uri = URI.create(order.getString("url") + order.getString("namespace"));
        connect(IO.socket(uri, options), order, id);
    }

    private static void setAuth(IO.Options options, JSONObject auth) throws JSONException {
        Map<String, String> credentials = new HashMap<>();
        StringJoiner query = new StringJoiner("&");
        for (Iterator<?> names = auth.keys(); names.hasNext();) {
            String name = (String) names.next();
            credentials.put(name, auth.getString(name));
            query.add(encoded(name) + "=" + encoded(auth.getString(name)));
        }
        if (OLD) options.query = query.toString();
        else options.auth = credentials;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }

    private static void connect(Socket socket, JSONObject order, String id) throws JSONException {
        SOCKETS.put(id, socket);
        Emitter.Listener onRefusal = args -> {
            // What is no exception are the words of the server.
            if (args[0] instanceof Exception error) fault(id, error);
            else tell("refused", id, "data", pack(args[0]));
        };
        socket.on("connect", args -> tell("connect", id, "sid", socket.id()));
        socket.on("disconnect", args -> tell("disconnect", id, "reason", args[0]));
        socket.on("connect_error", onRefusal);
        if (OLD) socket.on("error", onRefusal);
        listenToAll(socket, order.getString("namespace"), id);
        socket.connect();
    }

    /**
     * Listens to an event when the first of its name comes: 1.x has no listener for all of them. This
     * one hears of packets before the socket, which listens to them from when it connects.
     */
    private static void listenToAll(Socket socket, String namespace, String id) {
        socket.io().on(Manager.EVENT_PACKET, packets -> {
            Packet<?> packet = (Packet<?>) packets[0];
            boolean isEvent = packet.type == Parser.EVENT || packet.type == Parser.BINARY_EVENT;
            if (!isEvent || !namespace.equals(packet.nsp)) return;
            String event = ((JSONArray) packet.data).optString(0);
            if (socket.hasListeners(event)) return;
            socket.on(event, args -> hear(id, event, args));
        });
    }

    private static void hear(String id, String event, Object[] args) {
        Ack answer = args.length > 0 && args[args.length - 1] instanceof Ack ack ? ack : null;
        Object[] rest = answer == null ? args : Arrays.copyOf(args, args.length - 1);
        tell("event", id, "event", event, "args", packAll(rest));
        if (answer == null) return;
        // The library cannot write null beside bytes.
        answer.call(Arrays.stream(rest).map(it -> it == null ? JSONObject.NULL : it).toArray());
    }

    private static Socket find(String id) {
        Socket socket = SOCKETS.get(id);
        if (socket == null) throw new IllegalArgumentException("no such socket: " + id);
        return socket;
    }

    private static Object[] arguments(JSONObject order) throws JSONException {
        JSONArray args = order.getJSONArray("args");
        Object[] unpacked = new Object[args.length()];
        for (int i = 0; i < unpacked.length; i++) unpacked[i] = unpack(args.get(i));
        return unpacked;
    }

    /** Puts bytes in the place of what stands for them in an order. */
    private static Object unpack(Object value) throws JSONException {
        if (value instanceof JSONObject parts && parts.has(BYTES_KEY)) {
            return HexFormat.of().parseHex(parts.getString(BYTES_KEY));
        }
        return mapParts(value, Client::unpack);
    }

    private static JSONArray packAll(Object[] args) {
        JSONArray packed = new JSONArray();
        for (Object arg : args) packed.put(pack(arg));
        return packed;
    }

    /** The opposite of unpack. */
    private static Object pack(Object value) {
        try {
            if (value == null) return JSONObject.NULL;
            if (value instanceof byte[] bytes) {
                return new JSONObject().put(BYTES_KEY, HexFormat.of().formatHex(bytes));
            }
            return mapParts(value, Client::pack);
        } catch (JSONException error) {
            throw new IllegalStateException(error);
        }
    }

    private interface Mapping {
        Object map(Object value) throws JSONException;
    }

    private static Object mapParts(Object value, Mapping mapping) throws JSONException {
        if (value instanceof JSONArray items) {
            JSONArray mapped = new JSONArray();
            for (int i = 0; i < items.length(); i++) mapped.put(mapping.map(items.get(i)));
            return mapped;
        }
        if (value instanceof JSONObject parts) {
            JSONObject mapped = new JSONObject();
            for (Iterator<?> names = parts.keys(); names.hasNext();) {
                String name = (String) names.next();
                mapped.put(name, mapping.map(parts.get(name)));
            }
            return mapped;
        }
        return value;
    }

    private static void fault(String id, Throwable error) {
        tell("fault", id, "text", error.toString());
    }

    /** Writes a line: what, the id if there is one, and the pairs of names and values. */
    private static void tell(String what, String id, Object... pairs) {
        JSONObject line = new JSONObject();
        try {
            line.put("tell", what).putOpt("id", id);
            for (int i = 0; i < pairs.length; i += 2) line.putOpt((String) pairs[i], pairs[i + 1]);
        } catch (JSONException error) {
            throw new IllegalStateException(error);
        }
        byte[] bytes = (line + "\n").getBytes(UTF_8);
        synchronized (System.out) {
            System.out.write(bytes, 0, bytes.length);
            System.out.flush();
        }
    }

    private static String version() {
        Properties properties = new Properties();
        try (InputStream file = Socket.class.getResourceAsStream(PROPERTIES)) {
            properties.load(file);
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
        return properties.getProperty("version");
    }
}
