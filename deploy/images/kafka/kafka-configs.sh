#!/bin/bash
# Kafka's tool of the same name.
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx128m -Dorg.slf4j.simpleLogger.defaultLogLevel=error \
    -cp '/opt/kafka/libs/*' kafka.admin.ConfigCommand "$@"
