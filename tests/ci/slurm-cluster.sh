#!/usr/bin/env bash
# A Slurm cluster of one node on this machine, for tests: cluster.sh start|stop FOLDER
# Its daemons keep all their files in FOLDER, but for munge's socket, and are stopped by their pid files.
set -euo pipefail
folder=$2
host=$(hostname -s)

start() {
  mkdir -p "$folder"/{state,spool,log} /run/munge
  chown munge:munge /run/munge
  if [ ! -e /etc/munge/munge.key ]; then
    dd if=/dev/urandom of=/etc/munge/munge.key bs=1024 count=1 status=none
    chown munge:munge /etc/munge/munge.key
    chmod 400 /etc/munge/munge.key
  fi
  if [ ! -S /run/munge/munge.socket.2 ]; then
    setpriv --reuid=munge --regid=munge --clear-groups munged --force
    echo munge > "$folder/started-munge"
  fi
  cat > "$folder/slurm.conf" <<CONF
ClusterName=stillpoint
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$folder/slurm.conf
  slurmctld -f "$folder/slurm.conf"
  slurmd -f "$folder/slurm.conf"
  for _ in $(seq 60); do
    if sinfo -h -o %t 2>/dev/null | grep -q idle; then return; fi
    sleep 0.5
  done
  cat "$folder"/log/*.log >&2
  exit 1
}

stop() {
  for daemon in slurmd slurmctld; do
    [ ! -e "$folder/$daemon.pid" ] || kill "$(cat "$folder/$daemon.pid")" 2>/dev/null || true
  done
  if [ -e "$folder/started-munge" ]; then kill "$(cat /run/munge/munged.pid)" 2>/dev/null || true; fi
}

"$1"
