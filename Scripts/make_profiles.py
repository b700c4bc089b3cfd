#!/usr/bin/env python3
"""Makes the shipped robot profiles with `kmmctl profile import`.

    python3 Scripts/make_profiles.py [--robots ../shared/robots] [--meshes ../shared/meshes] [--kmmctl .build/release/kmmctl] [NAME ...]

Trees, masses, ranges and soles come from the mesh-free MJCF of each folder, velocity and effort limits that it lacks
from the URDF beside it, and soles and capsules from meshes where there are any. What no description says about a robot is the
table below, what was changed by hand afterwards is profile_edits.json; the profile of the Unitree G1 is older than the importer,
and is only made where it is named: all of it stays then but its collision shapes and feet. With --keep, profiles that are newer
than the program are left as they are, so that a run that was broken off goes on.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

# Name, name for people, maker, licence, repository, commit, file, description, description with the rates.
ROBOTS = [
    ("unitree_g1_23dof", "Unitree G1 (23 dof)", "Unitree", "BSD-3-Clause",
     "unitreerobotics/unitree_ros", "d6f13aa", "robots/g1_description/g1_23dof_rev_1_0.xml",
     "unitree_g1_23dof/g1_23dof_rev_1_0.nomesh.xml", "unitree_g1_23dof/g1_23dof_rev_1_0.urdf"),
    ("unitree_g1_dex3", "Unitree G1 (29 dof + Dex3-1 hands)", "Unitree", "BSD-3-Clause",
     "google-deepmind/mujoco_menagerie", "75df466", "unitree_g1/g1_with_hands.xml",
     "unitree_g1_29dof_dex3/g1_with_hands.nomesh.xml", "unitree_g1_29dof_dex3/g1_29dof_with_hand_rev_1_0.urdf"),
    ("unitree_h1", "Unitree H1", "Unitree", "BSD-3-Clause",
     "google-deepmind/mujoco_menagerie", "75df466", "unitree_h1/h1.xml",
     "unitree_h1/h1.nomesh.xml", "unitree_h1/h1.urdf"),
    ("unitree_h1_2", "Unitree H1-2 (no hands)", "Unitree", "BSD-3-Clause",
     "unitreerobotics/unitree_mujoco", "c598f10", "unitree_robots/h1_2/h1_2_handless.xml",
     "unitree_h1_2/h1_2_handless.nomesh.xml", "unitree_h1_2/h1_2_handless.urdf"),
    ("unitree_h2", "Unitree H2", "Unitree", "BSD-3-Clause",
     "unitreerobotics/unitree_ros", "d6f13aa", "robots/h2_description/H2.urdf",
     "unitree_h2/H2.nomesh.xml", "unitree_h2/H2.urdf"),
    ("unitree_r1", "Unitree R1", "Unitree", "BSD-3-Clause",
     "unitreerobotics/unitree_mujoco", "c598f10", "unitree_robots/r1/R1_C++.xml",
     "unitree_r1/R1.nomesh.xml", "unitree_r1/R1.urdf"),
    ("booster_t1", "Booster T1", "Booster Robotics", "Apache-2.0",
     "amazon-far/holosoma", "fc600e7", "src/holosoma/holosoma/data/robots/t1/t1_29dof.xml",
     "booster_t1_29dof/t1_29dof.nomesh.xml", "booster_t1_29dof/T1_29dof.urdf"),
    ("booster_t1_23dof", "Booster T1 (23 dof)", "Booster Robotics", "BSD-3-Clause",
     "BoosterRobotics/booster_assets", "486da0f", "robots/T1/T1_23dof.xml",
     "booster_t1_23dof/T1_23dof.nomesh.xml", "booster_t1_23dof/T1_23dof.urdf"),
    ("booster_k1", "Booster K1", "Booster Robotics", "BSD-3-Clause",
     "BoosterRobotics/booster_assets", "486da0f", "robots/K1/K1_22dof.xml",
     "booster_k1/K1_22dof.nomesh.xml", "booster_k1/K1_22dof.urdf"),
    ("fourier_n1", "Fourier N1", "Fourier", "Apache-2.0",
     "google-deepmind/mujoco_menagerie", "75df466", "fourier_n1/n1.xml",
     "fourier_n1/n1.nomesh.xml", None),
    ("engineai_pm01", "EngineAI PM01", "EngineAI", "BSD-3-Clause",
     "engineai-robotics/engineai_robotics_native_sdk", "5b8982c", "assets/resource/robot/pm01_edu/xml/serial_pm01_edu.xml",
     "engineai_pm01/pm01_edu.nomesh.xml", "engineai_pm01/pm01_edu.urdf"),
    ("engineai_sa01", "EngineAI SA01", "EngineAI", "BSD-3-Clause",
     "engineai-robotics/engineai_rl_workspace", "bc7c72d", "engineai_gym/engineai_gym/resources/robots/biped/sa01/urdf/sa01.xml",
     "engineai_sa01/sa01.nomesh.xml", "engineai_sa01/sa01.urdf"),
    ("engineai_t800", "EngineAI T800", "EngineAI", "BSD-3-Clause",
     "engineai-robotics/engineai_robotics_native_sdk", "5b8982c", "assets/resource/robot/t800/xml/serial_t800.xml",
     "engineai_t800/t800.nomesh.xml", "engineai_t800/t800.urdf"),
    ("hightorque_hi", "HighTorque Hi (25 dof)", "HighTorque", "BSD-3-Clause",
     "HighTorque-Robotics/robot_urdf", "5675b9a", "hi_25dof/mjcf/hi_25dof.xml",
     "hightorque_hi/hi_25dof.nomesh.xml", "hightorque_hi/hi_25dof.urdf"),
    ("hightorque_pi", "HighTorque Mini Pi (12 dof legs)", "HighTorque", "BSD-3-Clause",
     "HighTorque-Robotics/robot_urdf", "5675b9a", "pi_12dof/mjcf/pi_12dof.xml",
     "hightorque_pi/pi_12dof.nomesh.xml", "hightorque_pi/pi_12dof.urdf"),
    ("hightorque_pi_plus", "HighTorque Pi Plus", "HighTorque", "BSD-3-Clause",
     "HighTorque-Robotics/robot_urdf", "5675b9a", "pi_plus_24dof/xml/pi_plus_20dof.xml",
     "hightorque_pi_plus/pi_plus_20dof.nomesh.xml", "hightorque_pi_plus/pi_plus_24dof.urdf"),
    ("kuavo_s45", "Leju Kuavo S45", "Leju", "BSD-3-Clause",
     "LejuRobotics/kuavo-ros-opensource", "0330875", "src/kuavo_assets/models/biped_s45/xml/biped_s45.xml",
     "kuavo_s45/biped_s45.nomesh.xml", "kuavo_s45/biped_s45.urdf"),
    ("pnd_adam_lite", "PND Adam Lite", "PNDbotics", "MIT",
     "google-deepmind/mujoco_menagerie", "75df466", "pndbotics_adam_lite/adam_lite.xml",
     "pnd_adam_lite/adam_lite.nomesh.xml", "pnd_adam_lite/adam_lite.urdf"),
    ("pnd_adam_sp", "PND Adam SP", "PNDbotics", "BSD-3-Clause",
     "pndbotics/pnd_mujoco", "eb9cc15", "pnd_robots/adam_sp/adam_sp.xml",
     "pnd_adam_sp/adam_sp.nomesh.xml", None),
    ("pnd_adam_u", "PND Adam U (upper body)", "PNDbotics", "BSD-3-Clause",
     "pndbotics/pnd_mujoco", "eb9cc15", "pnd_robots/adam_u/adam_u.xml",
     "pnd_adam_u/adam_u.nomesh.xml", None),
    ("tienkung2_lite", "Tienkung 2 Lite", "X-Humanoid", "BSD-3-Clause",
     "Open-X-Humanoid/TienKung-Lab", "7ce828b", "legged_lab/assets/tienkung2_lite/mjcf/tienkung.xml",
     "tienkung2_lite/tienkung.nomesh.xml", "tienkung2_lite/tienkung2_lite.urdf"),
    ("agibot_x1", "Agibot X1", "Agibot", "MulanPSL-2.0",
     "AgibotTech/agibot_x1_infer", "9e0b818", "src/module/sim_module/model/mjcf/robot/xyber_x1/xyber_x1_serial.xml",
     "agibot_x1/xyber_x1_serial.nomesh.xml", "agibot_x1/x1.urdf"),
    ("agibot_x2_ultra", "Agibot X2 Ultra (-N, v1.4.0)", "Agibot", "MulanPSL-2.0",
     "AgibotTech/agibot_x2_urdf", "575cc6b", "X2_URDF-v1.4.0/X2-Ultra.xml",
     "agibot_x2_ultra/X2-Ultra.nomesh.xml", None),
    ("pal_talos", "PAL TALOS", "PAL Robotics", "Apache-2.0",
     "google-deepmind/mujoco_menagerie", "75df466", "pal_talos/talos.xml",
     "pal_talos/talos.nomesh.xml", None),
    ("apptronik_apollo", "Apptronik Apollo", "Apptronik", "Apache-2.0",
     "google-deepmind/mujoco_menagerie", "75df466", "apptronik_apollo/apptronik_apollo.xml",
     "apptronik_apollo/apptronik_apollo.nomesh.xml", None),
    ("apptronik_draco3", "Apptronik Draco 3", "Apptronik", "BSD-2-Clause",
     "shbang91/draco3_description", "5afd197", "urdf/draco3.urdf",
     "apptronik_draco3/draco3.nomesh.xml", "apptronik_draco3/draco3.urdf"),
    ("atlas_v4", "Boston Dynamics Atlas v4 (DRC)", "Boston Dynamics", "MIT",
     "openai/roboschool", "d32bcb2", "roboschool/models_robot/atlas_description/urdf/atlas_v4_with_multisense.urdf",
     "atlas_v4/atlas_v4_with_multisense.nomesh.xml", "atlas_v4/atlas_v4_with_multisense.urdf"),
    ("atlas_v5", "Boston Dynamics Atlas v5 (DRC)", "Boston Dynamics", "Apache-2.0",
     "ihmcrobotics/atlas", "9753d34", "src/main/resources/models/GFE/atlas_unplugged_v5_no_hands_with_head.urdf",
     "atlas_v5/atlas_v5_no_hands_with_head.nomesh.xml", "atlas_v5/atlas_v5_no_hands_with_head.urdf"),
    ("nasa_valkyrie", "NASA Valkyrie (R5), no fingers", "NASA JSC", "Apache-2.0",
     "ihmcrobotics/valkyrie", "9ff7f62", "src/main/resources/models/val_description/urdf/valkyrie_sim_no_fingers.urdf",
     "nasa_valkyrie/valkyrie_sim_no_fingers.nomesh.xml", "nasa_valkyrie/valkyrie_sim_no_fingers.urdf"),
    ("ergocub", "ergoCub (SN001)", "IIT", "BSD-3-Clause",
     "icub-tech-iit/ergocub-software", "7e8c3d6", "urdf/ergoCub/robots/ergoCubSN001/model.urdf",
     "ergocub/ergoCubSN001.nomesh.xml", "ergocub/ergoCubSN001.urdf"),
    ("nao_v5", "SoftBank NAO V5", "SoftBank Robotics", "BSD-3-Clause",
     "ros-naoqi/nao_robot", "6747646", "nao_description/urdf/naoV50_generated_urdf/nao.urdf",
     "nao_v5/nao_v50.nomesh.xml", "nao_v5/nao_v50.urdf"),
    ("robotis_op3", "ROBOTIS OP3", "ROBOTIS", "Apache-2.0",
     "google-deepmind/mujoco_menagerie", "75df466", "robotis_op3/op3.xml",
     "robotis_op3/op3.nomesh.xml", "robotis_op3/robotis_op3.urdf"),
    ("robotis_thormang3", "ROBOTIS THORMANG3", "ROBOTIS", "BSD-3-Clause",
     "ROBOTIS-GIT/ROBOTIS-THORMANG-Common", "c1159a1", "thormang3_description/urdf/thormang3.xacro",
     "robotis_thormang3/thormang3.nomesh.xml", "robotis_thormang3/thormang3.urdf"),
    ("toddlerbot_2xc", "ToddlerBot 2XC", "Stanford", "MIT",
     "google-deepmind/mujoco_menagerie", "75df466", "toddlerbot_2xc/toddlerbot_2xc.xml",
     "toddlerbot_2xc/toddlerbot_2xc.nomesh.xml", None),
    ("berkeley_humanoid", "Berkeley Humanoid", "Hybrid Robotics", "BSD-3-Clause",
     "google-deepmind/mujoco_menagerie", "75df466", "berkeley_humanoid/berkeley_humanoid.xml",
     "berkeley_humanoid/berkeley_humanoid.nomesh.xml", "berkeley_humanoid/berkeley_humanoid.urdf"),
    ("openloong_azureloong", "OpenLoong AzureLoong", "OpenLoong", "Apache-2.0",
     "loongOpen/OpenLoong-Dyn-Control", "4dd7a7e4", "models/AzureLoong.xml",
     "openloong_azureloong/AzureLoong.nomesh.xml", "openloong_azureloong/AzureLoong.urdf"),
    ("noetix_n2", "Noetix N2", "Noetix", "BSD-3-Clause",
     "Noetix-Robotics/noetix_n2_gym", "153aad1", "resources/robots/N2/mjcf/n2_18dof.xml",
     "noetix_n2/n2_18dof.nomesh.xml", "noetix_n2/N2.urdf"),
    ("robotera_xbot_l", "RobotEra XBot-L", "RobotEra", "BSD-3-Clause",
     "roboterax/humanoid-gym", "ae46e20", "resources/robots/XBot/mjcf/XBot-L.xml",
     "robotera_xbot_l/XBot-L.nomesh.xml", "robotera_xbot_l/XBot-L.urdf"),
    ("ihmc_alexander", "IHMC Alexander V1", "IHMC", "Apache-2.0",
     "ihmcrobotics/ihmc-alexander-sdk", "786eb2d", "alexander-models/alexander_V1_description/urdf/alexander_v1.fullBody.urdf",
     "ihmc_alexander/alexander_v1.fullBody.nomesh.xml", "ihmc_alexander/alexander_v1.fullBody.urdf"),
    ("ihmc_alex", "IHMC Alex (nub hands, upper body)", "IHMC", "BSD-3-Clause",
     "Gepetto/example-robot-data", "39aa943", "robots/alex_description/urdf/alex_nub_hands.urdf",
     "ihmc_alex/alex_nub_hands.nomesh.xml", "ihmc_alex/alex_nub_hands.urdf"),
    ("iit_coman", "IIT COMAN", "IIT", "BSD-3-Clause",
     "ADVRHumanoids/iit-coman-ros-pkg", "a16270b", "coman_urdf/urdf/coman_robot.urdf.xacro",
     "iit_coman/coman.nomesh.xml", "iit_coman/coman.urdf"),
    ("iit_walkman", "IIT WALK-MAN", "IIT", "BSD-3-Clause",
     "ADVRHumanoids/iit-walkman-ros-pkg", "d38fe56", "walkman_urdf/urdf/walkman_robot.urdf.xacro",
     "iit_walkman/walkman.nomesh.xml", "iit_walkman/walkman.urdf"),
    ("limx_tron1_sf", "LimX TRON 1 (sole foot)", "LimX Dynamics", "Apache-2.0",
     "limxdynamics/robot-description", "469df8d", "pointfoot/SF_TRON1A/xml/robot.xml",
     "limx_tron1_sf/SF_TRON1A.nomesh.xml", "limx_tron1_sf/SF_TRON1A.urdf"),
    ("wolfgang_op", "Hamburg Bit-Bots Wolfgang-OP", "Hamburg Bit-Bots", "MIT",
     "bit-bots/wolfgang_robot", "b067cae", "wolfgang_description/urdf/robot.urdf",
     "wolfgang_op/wolfgang.nomesh.xml", "wolfgang_op/wolfgang.urdf"),
    ("sigmaban", "Rhoban SigmaBan", "Rhoban", "MIT",
     "Rhoban/sigmaban_urdf", "d5d023f", "robot.urdf",
     "sigmaban/sigmaban.nomesh.xml", "sigmaban/sigmaban.urdf"),
    ("romeo", "Aldebaran Romeo", "Aldebaran", "BSD-3-Clause",
     "Gepetto/example-robot-data", "39aa943", "robots/romeo_description/urdf/romeo.urdf",
     "romeo/romeo.nomesh.xml", "romeo/romeo.urdf"),
    ("galaxea_r1pro", "Galaxea R1 Pro (wheeled)", "Galaxea", "MIT",
     "YanjieZe/GMR", "4f9e8b7", "assets/galaxea_r1pro/r1_pro_with_gripper.urdf",
     "galaxea_r1pro/r1_pro_with_gripper.nomesh.xml", "galaxea_r1pro/r1_pro_with_gripper.urdf"),
    ("rainbow_rby1", "Rainbow RB-Y1 (wheeled)", "Rainbow Robotics", "Apache-2.0",
     "RainbowRobotics/rby1-sdk", "38df326", "models/rby1a/urdf/model_v1.2.urdf",
     "rainbow_rby1/rby1a_v1.2.nomesh.xml", "rainbow_rby1/rby1a_v1.2.urdf"),
    ("robotis_ffw_sg2", "ROBOTIS FFW-SG2 / AI Worker (wheeled)", "ROBOTIS", "Apache-2.0",
     "ROBOTIS-GIT/robotis_mujoco_menagerie", "d8344c0", "robotis_ffw/ffw_sg2.xml",
     "robotis_ffw_sg2/ffw_sg2.nomesh.xml", None),
    ("pepper", "SoftBank Pepper (wheeled)", "SoftBank Robotics", "BSD-2-Clause",
     "jrl-umi3218/pepper_description", "b953b44", "urdf/pepper.urdf",
     "pepper/pepper.nomesh.xml", "pepper/pepper.urdf"),
]


# Made by hand before there was an importer: all of it stays but what is taken anew.
G1 = ("unitree_g1", "Unitree G1 (29 dof)", "Unitree", "BSD-3-Clause", "google-deepmind/mujoco_menagerie", "75df466",
      "unitree_g1/g1.xml", "unitree_g1_29dof/g1.nomesh.xml", "unitree_g1_29dof/g1_29dof_rev_1_0.urdf")


EDITS = pathlib.Path(__file__).with_name("profile_edits.json")


def edit(text: str, changes: dict) -> str:
    """Puts what was changed by hand into the text of a profile, whose layout stays the importer's."""
    joints, human = text.index('"joints": ['), text.index('"human": {')
    parts = {"joints": (joints, human, "name"), "human": (human, len(text), "joint")}
    # From behind, so that the places before stay where they are.
    for section in ("human", "joints"):
        start, end, key = parts[section]
        part = text[start:end]
        for name, values in changes.get(section, {}).items():
            at = part.index(f'"{key}": "{name}"')
            close = part.find("}", at)
            entry = part[at:close]
            for field, value in values.items():
                entry, count = re.subn(
                    rf'"{field}": (\[[^\]]*\]|[^,\n]*)', lambda _: f'"{field}": {json.dumps(value)}', entry, count=1)
                if not count:
                    sys.exit(f"{name} has no {field}")
            part = part[:at] + entry + part[close:]
        text = text[:start] + part + text[end:]
    for pair in changes.get("unwatched", []):
        # In either order, the comma of the line before with the last one.
        ways = "|".join(re.escape(json.dumps(way)) for way in (pair, pair[::-1]))
        text, count = re.subn(rf"\n *(?:{ways}),|,\n *(?:{ways})(?=\n)", "", text, count=1)
        if not count:
            sys.exit(f"{pair} is not watched")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--robots", type=pathlib.Path, default=root.parent / "shared" / "robots")
    parser.add_argument("--meshes", type=pathlib.Path, default=root.parent / "shared" / "meshes")
    parser.add_argument("--kmmctl", default=str(root / ".build" / "release" / "kmmctl"))
    parser.add_argument("--out", type=pathlib.Path, default=root / "RobotProfiles")
    parser.add_argument("--keep", action="store_true", help="leave profiles that are newer than the program")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    edits = json.loads(EDITS.read_text())
    program = pathlib.Path(options.kmmctl).stat().st_mtime
    failed = []
    for name, display, maker, licence, repository, commit, file, model, rates in [G1, *ROBOTS]:
        output = options.out / f"{name}.json"
        if name not in options.names and (options.names or name == G1[0]):
            continue
        if options.keep and output.is_file() and output.stat().st_mtime > program:
            continue
        command = [
            options.kmmctl, "profile", "import", str(options.robots / model), "--name", name,
            "--display-name", display, "--maker", maker, "--licence", licence, "--repository", repository,
            "--commit", commit, "--source-file", file, "-o", str(output), "--profiles", str(root / "RobotProfiles"),
        ]
        if rates:
            command += ["--rates", str(options.robots / rates)]
        meshes = options.meshes / model.split("/")[0]
        if meshes.is_dir():
            command += ["--body-meshes", str(meshes)]
        if name == "unitree_g1":
            command += ["--from", str(output), "--take", "/collision", "--take", "/feet/left", "--take", "/feet/right"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        print(name, (done.stdout.strip().splitlines() or [done.stderr.strip()])[-1], sep=": ", flush=True)
        # 1 is usable, with reservations that are printed.
        if done.returncode <= 1 and name in edits:
            output.write_text(edit(output.read_text(), edits[name]))
            done = subprocess.run(
                [options.kmmctl, "profile", "check", str(output)], check=False, capture_output=True, text=True)
            if done.returncode > 1:
                print(done.stdout + done.stderr)
        if done.returncode > 1:
            failed.append(name)
    if failed:
        sys.exit(f"not made: {', '.join(failed)}")


if __name__ == "__main__":
    main()
