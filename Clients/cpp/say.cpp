// SPDX-License-Identifier: Apache-2.0
//
// Says a text to kmmd and prints the joints that the robot shall have.
//
//     g++ -std=c++17 -O2 -I Clients/cpp Clients/cpp/say.cpp -lzmq -o say
//     ./say "wave with the right hand"
#include <cstdio>
#include <kmmd/client.hpp>

int main(int count, char **arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: say TEXT [COMMAND_ENDPOINT PRIORITY_ENDPOINT STREAM_ENDPOINT]\n");
        return 2;
    }
    try {
        kmmd::Client client =
            count > 4 ? kmmd::Client(arguments[2], arguments[3], kmmd::Milliseconds(60000)) : kmmd::Client();
        kmmd::Subscription stream(count > 4 ? arguments[4] : kmmd::endpoint("STREAM", 5774));
        const auto names = kmmd::Json(client.robot().member("joint_names")).elements();
        const auto ack = client.say(arguments[1]);
        const std::string command = ack.string_member("command");
        std::printf("%s\n", command.c_str());
        bool began = false;
        while (const auto frame = stream.next(kmmd::Milliseconds(60000))) {
            const bool is_ours = frame->header.string_member("command") == command;
            if (began && !is_ours) return 0;
            began = began || is_ours;
            if (!is_ours) continue;
            std::printf("%lld", static_cast<long long>(frame->header.integer_member("frame").value_or(-1)));
            const auto &joints = frame->field("joint_pos");
            if (joints.size() != names.size()) throw kmmd::Error("bad_message", "joints and names differ");
            for (const float joint : joints) std::printf(" %.6f", static_cast<double>(joint));
            std::printf("\n");
        }
        std::fprintf(stderr, "the stream ended\n");
        return 1;
    } catch (const kmmd::Error &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
