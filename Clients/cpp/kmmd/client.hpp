// SPDX-License-Identifier: Apache-2.0
//
// Client of kmmd, the motion retargeting daemon. One header over libzmq; C++17, no other dependency.
//
//     kmmd::Client client;
//     auto ack = client.say("wave with the right hand");
//     kmmd::Subscription stream;
//     while (auto frame = stream.next(std::chrono::seconds(1))) control(frame->field("joint_pos"));
#pragma once

#include <zmq.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kmmd {

using Milliseconds = std::chrono::milliseconds;

/// Where a socket of the daemon is: KMMD_ENDPOINT_<NAME>, else the usual port of KMMD_HOST or of this host.
inline std::string endpoint(const std::string &name, int port) {
    if (const char *told = std::getenv(("KMMD_ENDPOINT_" + name).c_str()); told != nullptr && *told != 0) return told;
    const char *host = std::getenv("KMMD_HOST");
    return "tcp://" + std::string(host != nullptr && *host != 0 ? host : "127.0.0.1") + ":" + std::to_string(port);
}

/// A request was refused by the daemon, or nobody answered.
class Error : public std::runtime_error {
public:
    Error(std::string code, const std::string &message)
        : std::runtime_error(code + ": " + message), code(std::move(code)) {}
    /// The daemon's code, such as `unknown_robot`; `no_answer` and `bad_message` are this client's own.
    std::string code;
};

/// The little of JSON that headers and replies need: finds members of an object without building a tree.
class Json {
public:
    explicit Json(std::string text) : text_(std::move(text)) {}

    const std::string &text() const { return text_; }

    /// The raw text of a member of the outermost object; empty when there is none.
    std::string member(std::string_view key) const {
        size_t at = skip(0);
        if (at >= text_.size() || text_[at] != '{') return {};
        at = skip(at + 1);
        while (at < text_.size() && text_[at] == '"') {
            const size_t end = value_end(at);
            const std::string name = string(at, end);
            at = skip(end);
            if (at >= text_.size() || text_[at] != ':') return {};
            const size_t begin = skip(at + 1);
            const size_t stop = value_end(begin);
            if (name == key) return text_.substr(begin, stop - begin);
            at = skip(stop);
            if (at < text_.size() && text_[at] == ',') at = skip(at + 1);
        }
        return {};
    }

    /// A member that is a string; empty when it is none.
    std::string string_member(std::string_view key) const {
        const Json value(member(key));
        return value.text_.empty() || value.text_[0] != '"' ? std::string() : value.string(0, value.text_.size());
    }

    /// A member that is a whole number.
    std::optional<int64_t> integer_member(std::string_view key) const {
        const std::string value = member(key);
        char *end = nullptr;
        const long long number = std::strtoll(value.c_str(), &end, 10);
        return value.empty() || end == value.c_str() ? std::nullopt : std::optional<int64_t>(number);
    }

    /// The raw texts of the elements, when this is a list.
    std::vector<std::string> elements() const {
        std::vector<std::string> result;
        size_t at = skip(0);
        if (at >= text_.size() || text_[at] != '[') return result;
        at = skip(at + 1);
        while (at < text_.size() && text_[at] != ']') {
            const size_t stop = value_end(at);
            result.push_back(text_.substr(at, stop - at));
            at = skip(stop);
            if (at < text_.size() && text_[at] == ',') at = skip(at + 1);
        }
        return result;
    }

    /// A text as a JSON string.
    static std::string quoted(std::string_view text) {
        std::string result = "\"";
        for (const unsigned char c : text) {
            if (c == '"' || c == '\\') {
                result += '\\';
                result += static_cast<char>(c);
            } else if (c < 0x20) {
                static const char digits[] = "0123456789abcdef";
                result += std::string("\\u00") + digits[c >> 4] + digits[c & 15];
            } else {
                result += static_cast<char>(c);
            }
        }
        return result + "\"";
    }

private:
    size_t skip(size_t at) const {
        while (at < text_.size() && std::strchr(" \t\r\n", text_[at]) != nullptr) ++at;
        return at;
    }

    /// One after the value that begins at `at`.
    size_t value_end(size_t at) const {
        int depth = 0;
        bool in_string = false;
        for (; at < text_.size(); ++at) {
            const char c = text_[at];
            if (in_string) {
                if (c == '\\') ++at;
                else if (c == '"') in_string = false;
                if (!in_string && depth == 0) return at + 1;
                continue;
            }
            if (c == '"') in_string = true;
            else if (c == '{' || c == '[') ++depth;
            else if (c == '}' || c == ']') {
                if (depth == 0) return at;
                if (--depth == 0) return at + 1;
            } else if (depth == 0 && (c == ',' || c == ':')) return at;
        }
        return at;
    }

    /// The text of a string's characters; escapes of other than ASCII stay as they are.
    std::string string(size_t begin, size_t end) const {
        std::string result;
        for (size_t at = begin + 1; at + 1 < end; ++at) {
            if (text_[at] != '\\') {
                result += text_[at];
                continue;
            }
            switch (text_[++at]) {
            case 'n': result += '\n'; break;
            case 't': result += '\t'; break;
            case 'r': result += '\r'; break;
            case 'u': result += "\\u"; break;
            default: result += text_[at];
            }
        }
        return result;
    }

    std::string text_;
};

/// The keys of a client, as `kmmctl keys make` writes them; without any, nothing is encrypted.
struct Keys {
    std::string own_public, secret, server;

    /// Reads a file of keys, without a name that of KMMD_KEY; no keys when that is not set. Throws Error.
    static Keys load(std::string file = {}) {
        const char *variable = std::getenv("KMMD_KEY");
        if (file.empty() && variable != nullptr) file = variable;
        if (file.empty()) return {};
        std::ifstream stream(file, std::ios::binary);
        const Json json(std::string(std::istreambuf_iterator<char>(stream), {}));
        Keys keys{json.string_member("public"), json.string_member("secret"), json.string_member("server")};
        for (const auto *key : {&keys.own_public, &keys.secret, &keys.server}) {
            if (key->size() != 40) throw Error("bad_keys", file + " holds no keys of a client");
        }
        return keys;
    }
};

/// A ZeroMQ socket that is closed with its owner.
class Socket {
public:
    Socket(void *context, int kind) : handle_(zmq_socket(context, kind)) {
        if (handle_ == nullptr) throw Error("socket", zmq_strerror(zmq_errno()));
        set(ZMQ_LINGER, 0);
    }
    ~Socket() {
        if (handle_ != nullptr) zmq_close(handle_);
    }
    Socket(const Socket &) = delete;
    Socket &operator=(const Socket &) = delete;

    void set(int option, int value) { zmq_setsockopt(handle_, option, &value, sizeof value); }
    void use(const Keys &keys) {
        if (keys.server.empty()) return;
        zmq_setsockopt(handle_, ZMQ_CURVE_PUBLICKEY, keys.own_public.data(), keys.own_public.size());
        zmq_setsockopt(handle_, ZMQ_CURVE_SECRETKEY, keys.secret.data(), keys.secret.size());
        zmq_setsockopt(handle_, ZMQ_CURVE_SERVERKEY, keys.server.data(), keys.server.size());
    }
    void subscribe(std::string_view topic) { zmq_setsockopt(handle_, ZMQ_SUBSCRIBE, topic.data(), topic.size()); }
    void connect(const std::string &endpoint) {
        if (zmq_connect(handle_, endpoint.c_str()) != 0)
            throw Error("socket", endpoint + ": " + zmq_strerror(zmq_errno()));
    }

    bool wait(short events, Milliseconds timeout) {
        zmq_pollitem_t item{handle_, 0, events, 0};
        return zmq_poll(&item, 1, static_cast<long>(std::max<int64_t>(timeout.count(), 0))) > 0;
    }

    bool send(std::string_view body) { return zmq_send(handle_, body.data(), body.size(), ZMQ_DONTWAIT) >= 0; }

    /// The parts of the next message; empty when none waits.
    std::vector<std::string> receive() {
        std::vector<std::string> parts;
        int more = 1;
        while (more != 0) {
            zmq_msg_t message;
            zmq_msg_init(&message);
            if (zmq_msg_recv(&message, handle_, ZMQ_DONTWAIT) < 0) {
                zmq_msg_close(&message);
                return {};
            }
            parts.emplace_back(static_cast<const char *>(zmq_msg_data(&message)), zmq_msg_size(&message));
            more = zmq_msg_more(&message);
            zmq_msg_close(&message);
        }
        return parts;
    }

private:
    void *handle_;
};

/// Shared by the sockets of a process.
inline void *context() {
    static void *const instance = zmq_ctx_new();
    return instance;
}

/// Sends commands. For one thread.
class Client {
public:
    explicit Client(std::string command = endpoint("COMMAND", 5771), std::string priority = endpoint("PRIORITY", 5772),
        Milliseconds timeout = Milliseconds(3000), Keys keys = Keys::load())
        : command_(std::move(command)), priority_(std::move(priority)), timeout_(timeout), keys_(std::move(keys)) {}

    /// Has a robot carry out a text; returns the reply, whose `command` names it from then on. What is not understood is refused
    /// as the daemon's policy has it, or this one: `strict`, `warn`, `any`.
    Json say(
        const std::string &text, bool replace = false, const std::string &robot = {}, const std::string &policy = {}) {
        const std::string mode = replace ? ",\"mode\":\"replace\"" : "";
        const std::string bound = policy.empty() ? "" : ",\"policy\":" + Json::quoted(policy);
        return request("say", "{\"text\":" + Json::quoted(text) + mode + bound + "}", robot);
    }

    Json cancel(const std::string &command) { return request("cancel", "{\"command\":" + Json::quoted(command) + "}"); }
    Json hold(const std::string &robot = {}) { return request("hold", {}, robot, true); }
    Json stop(const std::string &robot = {}) { return request("stop", {}, robot, true); }
    /// The shortest limited stop; only `reset` ends it. This is no emergency stop.
    Json halt(const std::string &robot = {}) { return request("halt", {}, robot, true); }
    Json reset(const std::string &robot = {}) { return request("reset", {}, robot, true); }
    Json resume(const std::string &robot = {}) { return request("resume", {}, robot); }
    Json status(const std::string &robot = {}) { return request("status", {}, robot); }
    Json robot(const std::string &name = {}) { return request("robot", {}, name); }
    /// The live people who are heard, and the robots that follow them.
    Json people() { return request("people"); }
    /// Has a robot follow a live person: its `body`, `upper` part or `arms`, shown `delay_ms` late.
    Json follow(
        const std::string &person, const std::string &part = "body", int delay_ms = 0, const std::string &robot = {}) {
        return request("follow",
            "{\"person\":" + Json::quoted(person) + ",\"part\":" + Json::quoted(part)
                + ",\"delay_ms\":" + std::to_string(delay_ms) + "}",
            robot);
    }
    /// Measures a live person who stands in a pose: `t`, `a`, `n`, or `auto` for size and floor alone.
    Json calibrate(const std::string &person, const std::string &pose = "t") {
        return request("calibrate", "{\"person\":" + Json::quoted(person) + ",\"pose\":" + Json::quoted(pose) + "}");
    }

    /// Sends any verb; `body` is a JSON object. Throws Error.
    Json request(
        const std::string &verb, const std::string &body = {}, const std::string &robot = {}, bool priority = false) {
        const std::string id = "cpp-" + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count())
            + "-" + std::to_string(++count_);
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        std::string message = "{\"v\":1,\"id\":" + Json::quoted(id) + ",\"type\":" + Json::quoted(verb)
            + ",\"sent_ns\":" + std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
        if (!robot.empty()) message += ",\"robot\":" + Json::quoted(robot);
        if (!body.empty()) message += ",\"body\":" + body;
        message += "}";

        auto &socket = priority ? priority_socket_ : command_socket_;
        const auto &endpoint = priority ? priority_ : command_;
        if (socket == nullptr) {
            socket = std::make_unique<Socket>(context(), ZMQ_DEALER);
            // A command is never left in a queue to be carried out late.
            socket->set(ZMQ_IMMEDIATE, 1);
            socket->use(keys_);
            socket->connect(endpoint);
        }
        const auto deadline = std::chrono::steady_clock::now() + timeout_;
        const auto left = [&] {
            return std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
        };
        if (socket->wait(ZMQ_POLLOUT, left()) && socket->send(message)) {
            while (socket->wait(ZMQ_POLLIN, left())) {
                const auto parts = socket->receive();
                if (parts.empty()) continue;
                const Json reply(parts.back());
                // An answer that came too late for its question is passed over.
                if (reply.string_member("id") != id) continue;
                if (reply.member("ok") == "true") return reply;
                const Json error(reply.member("error"));
                throw Error(error.string_member("code"), error.string_member("message"));
            }
        }
        throw Error("no_answer", "no answer from " + endpoint);
    }

private:
    std::string command_, priority_;
    Milliseconds timeout_;
    Keys keys_;
    std::unique_ptr<Socket> command_socket_, priority_socket_;
    uint64_t count_ = 0;
};

/// One reference of the joint stream. World: x forward, y left, z up; metres, radians; quaternions w, x, y, z.
struct Frame {
    std::string robot;
    /// Members such as `frame`, `seq`, `state`, `command`, `t_play_ns`.
    Json header{""};
    std::vector<std::pair<std::string, std::vector<float>>> fields;

    /// An array by name: `root_pos`, `root_quat`, `root_lin_vel`, `root_ang_vel`, `joint_pos`, `joint_vel`, `contacts`.
    const std::vector<float> &field(std::string_view name) const {
        for (const auto &entry : fields) {
            if (entry.first == name) return entry.second;
        }
        throw Error("bad_message", "there is no field " + std::string(name));
    }

    /// Reads one message of the stream. Throws Error.
    static Frame decode(const std::string &message) {
        constexpr size_t header_size = 1280;
        const size_t start = message.find('{');
        if (start == std::string::npos || message.size() < start + header_size) throw Error("bad_message", "too short");
        Frame frame;
        std::string topic = message.substr(0, start);
        const size_t dot = topic.find('.');
        if (dot != std::string::npos && topic.size() > dot + 1)
            frame.robot = topic.substr(dot + 1, topic.size() - dot - 2);
        frame.header = Json(message.substr(start, header_size).c_str());
        size_t offset = start + header_size;
        for (const auto &text : Json(frame.header.member("fields")).elements()) {
            const Json field(text);
            if (field.string_member("dtype") != "f32") throw Error("bad_message", "a field is not f32");
            size_t count = 1;
            for (const auto &extent : Json(field.member("shape")).elements()) count *= std::stoul(extent);
            if (count > (message.size() - offset) / 4) throw Error("bad_message", "a field is cut short");
            std::vector<float> values(count);
            // The stream is little-endian, as every machine that runs this is.
            std::memcpy(values.data(), message.data() + offset, 4 * count);
            offset += 4 * count;
            frame.fields.emplace_back(field.string_member("name"), std::move(values));
        }
        return frame;
    }
};

/// Receives the joint stream. For one thread. ZeroMQ connects again by itself.
class Subscription {
public:
    explicit Subscription(const std::string &endpoint = kmmd::endpoint("STREAM", 5774), const std::string &robot = {},
        const Keys &keys = Keys::load())
        : socket_(context(), ZMQ_SUB) {
        socket_.use(keys);
        // A subscriber that stalls shall not read old references afterwards.
        socket_.set(ZMQ_RCVHWM, 5);
        // The system would keep seconds of a stream besides.
        socket_.set(ZMQ_RCVBUF, 16384);
        socket_.subscribe(robot.empty() ? "reference." : "reference." + robot + ".");
        socket_.connect(endpoint);
    }

    /// The next frame; nothing when none comes in time: then bring the robot to rest.
    std::optional<Frame> next(Milliseconds timeout) {
        if (!socket_.wait(ZMQ_POLLIN, timeout)) return std::nullopt;
        const auto parts = socket_.receive();
        if (parts.empty()) return std::nullopt;
        return Frame::decode(parts.front());
    }

private:
    Socket socket_;
};

/// Sends a live person to the daemon, frame by frame (Documentation/live-people.md). For one thread.
class PersonSender {
public:
    explicit PersonSender(std::string person, const std::string &endpoint = kmmd::endpoint("PEOPLE", 5776),
        std::string skeleton = "smpl22", std::string axes = "smpl", const Keys &keys = Keys::load())
        : socket_(context(), ZMQ_PUSH),
          topic_("human." + std::move(person) + "."),
          skeleton_(std::move(skeleton)),
          axes_(std::move(axes)),
          session_(std::chrono::system_clock::now().time_since_epoch().count() >> 16) {
        socket_.use(keys);
        // What the daemon does not read in time is old, and nothing is kept while none listens.
        socket_.set(ZMQ_SNDHWM, 5);
        socket_.set(ZMQ_IMMEDIATE, 1);
        socket_.connect(endpoint);
    }

    /// Sends what the sensors saw at `seen` of any clock that runs evenly: `rotations` (w, x, y, z for each joint, in its
    /// parent), and `root` (x, y, z of the pelvis, m) where it is known. False when nobody took it.
    bool send(const std::vector<float> &rotations, const std::vector<float> &root,
        std::chrono::nanoseconds seen = std::chrono::steady_clock::now().time_since_epoch()) {
        std::string fields = described("rot", {rotations.size() / 4, 4});
        if (!root.empty()) fields += "," + described("root_pos", {root.size()});
        std::string message = topic_ + "{\"v\":1,\"endian\":\"le\",\"count\":1,\"fields\":[" + fields
            + "],\"skeleton\":" + Json::quoted(skeleton_) + ",\"axes\":" + Json::quoted(axes_)
            + ",\"session\":" + std::to_string(session_) + ",\"seq\":" + std::to_string(count_++)
            + ",\"t_src_ns\":" + std::to_string(seen.count()) + "}";
        message.resize(topic_.size() + 1280);
        append(message, rotations);
        append(message, root);
        return socket_.send(message);
    }

private:
    static std::string described(const char *name, std::initializer_list<size_t> shape) {
        std::string extents;
        for (const size_t extent : shape) extents += (extents.empty() ? "" : ",") + std::to_string(extent);
        return std::string("{\"name\":\"") + name + "\",\"dtype\":\"f32\",\"shape\":[" + extents + "]}";
    }

    static void append(std::string &message, const std::vector<float> &values) {
        // Little-endian, as every machine that runs this is.
        message.append(reinterpret_cast<const char *>(values.data()), 4 * values.size());
    }

    Socket socket_;
    std::string topic_, skeleton_, axes_;
    int64_t session_;
    int64_t count_ = 0;
};

}  // namespace kmmd
