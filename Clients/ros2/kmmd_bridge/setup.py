from glob import glob

from setuptools import setup

setup(
    name="kmmd_bridge",
    version="0.1.0",
    packages=["kmmd_bridge"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/kmmd_bridge"]),
        ("share/kmmd_bridge", ["package.xml"]),
        ("share/kmmd_bridge/launch", glob("launch/*.launch.py")),
        ("share/kmmd_bridge/config", glob("config/*.yaml")),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="the kmmd authors",
    maintainer_email="kmmd@kmmd.invalid",
    description="kmmd's stream, commands and robot as topics, services and an action of ROS 2.",
    license="Apache-2.0",
    entry_points={"console_scripts": ["kmmd_bridge = kmmd_bridge.node:main"]},
)
