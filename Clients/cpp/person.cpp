// SPDX-License-Identifier: Apache-2.0
//
// Sends a person who waves to kmmd, as a sender of one's own would, and has the robot follow.
//
//     g++ -std=c++17 -O2 -I Clients/cpp Clients/cpp/person.cpp -lzmq -o person
//     ./person ben
#include <cmath>
#include <cstdio>
#include <kmmd/client.hpp>
#include <thread>

int main(int count, char **arguments) {
    const std::string name = count > 1 ? arguments[1] : "ben";
    const double seconds = count > 2 ? std::atof(arguments[2]) : 20;
    try {
        kmmd::PersonSender sender(name);
        kmmd::Client client;
        const auto start = std::chrono::steady_clock::now();
        bool follows = false;
        for (int frame = 0; frame < 60 * seconds; ++frame) {
            std::this_thread::sleep_until(start + std::chrono::microseconds(16667) * frame);
            // SMPL's 22 joints, all as in a T pose but the arms: down, and the right forearm waves.
            std::vector<float> rotations(4 * 22, 0);
            for (int joint = 0; joint < 22; ++joint) rotations[4 * joint] = 1;
            const auto turn = [&](int joint, int axis, double angle) {
                rotations[4 * joint] = static_cast<float>(std::cos(angle / 2));
                rotations[4 * joint + axis] = static_cast<float>(std::sin(angle / 2));
            };
            turn(16, 3, -1.2);
            turn(17, 3, 1.2);
            turn(19, 2, -0.4 + 0.4 * std::cos(frame / 10.0));
            sender.send(rotations, {0, 0.95F, 0});
            if (frame >= 60 && !follows) {
                client.follow(name);
                follows = true;
                std::printf("%s is followed\n", name.c_str());
                std::fflush(stdout);
            }
        }
        client.stop();
        return 0;
    } catch (const kmmd::Error &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
