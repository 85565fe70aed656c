<#
Runs rdptrace on Windows as a scheduled task that starts with the machine. Needs an administrator and Npcap.

  .\install-service.ps1 -Interface '\Device\NPF_{...}'     (rdptrace interfaces lists them)
  .\install-service.ps1 -Remove

Without Npcap there is pktmon, which is part of Windows; it repeats a packet once for every component that it passes:

  pktmon filter add -p 3389
  pktmon start --capture --pkt-size 0 --file-name rdp.etl
  pktmon stop
  pktmon etl2pcap rdp.etl --out rdp.pcapng
  rdptrace rdp.pcapng
#>
param(
    [string] $Interface,
    [string] $Folder = "$env:ProgramData\rdptrace",
    [switch] $Remove
)
$ErrorActionPreference = 'Stop'
$name = 'rdptrace'

if ($Remove) {
    Stop-ScheduledTask -TaskName $name
    $root = (Resolve-Path (Join-Path $PSScriptRoot '..')).Path
    Get-CimInstance Win32_Process -Filter "Name = 'java.exe'" | Where-Object { "$($_.CommandLine)".Contains("$root\") } |
        ForEach-Object { Stop-Process -Id $_.ProcessId }
    Unregister-ScheduledTask -TaskName $name -Confirm:$false
    Write-Output "removed; what was captured is still in $Folder"
    return
}
if (-not $Interface) {
    Get-Help $PSCommandPath
    exit 2
}

$program = Join-Path $PSScriptRoot '..\target\rdptrace\bin\rdptrace.cmd'
if (Test-Path (Join-Path $PSScriptRoot '..\bin\rdptrace.cmd')) {
    $program = Join-Path $PSScriptRoot '..\bin\rdptrace.cmd'
}
$program = (Resolve-Path $program).Path
New-Item -ItemType Directory -Force $Folder | Out-Null

$arguments = "live -i $Interface --reader pcap4j --wait 3600 -q --failed-only --only-broken" +
    " -w `"$Folder\broken.pcapng`" -b filesize:50000 -b files:20 --log `"$Folder\verdicts.ndjson`"" +
    " --metrics 127.0.0.1:9466"
$action = New-ScheduledTaskAction -Execute $program -Argument $arguments -WorkingDirectory $Folder
$trigger = New-ScheduledTaskTrigger -AtStartup
$settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
    -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries
Register-ScheduledTask -TaskName $name -Action $action -Trigger $trigger -Settings $settings -User 'SYSTEM' -RunLevel Highest -Force | Out-Null
Start-ScheduledTask -TaskName $name
Write-Output "started; Get-ScheduledTask $name"
