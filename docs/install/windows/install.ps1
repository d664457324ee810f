# Cài tổng đài trên Windows 10, 11: chạy bằng PowerShell với quyền quản trị.
#   powershell -ExecutionPolicy Bypass -File install.ps1 -Wheel tongdai-0.1.0-py3-none-any.whl -Lock requirements.lock
# Mọi thứ nằm trong một thư mục (mặc định C:\Tổng đài); gỡ: -Remove. Chưa được thử trên máy Windows thật.
# Everything lives in one folder; -Remove takes the task away and leaves the data. Never tried on a real Windows yet.
param(
    [string]$Wheel,
    [string]$Lock,
    [string]$Folder = "C:\Tổng đài",
    [string]$Python = "py",
    [switch]$Remove
)
$ErrorActionPreference = "Stop"
$Task = "Tong dai"

if ($Remove) {
    Stop-ScheduledTask -TaskName $Task -ErrorAction SilentlyContinue
    Unregister-ScheduledTask -TaskName $Task -Confirm:$false
    Write-Host "Đã gỡ tác vụ; sổ và bản ghi âm còn trong $Folder."
    exit 0
}
if (-not (Test-Path -LiteralPath $Wheel)) { throw "Không thấy tệp $Wheel" }
if (-not (Test-Path -LiteralPath $Lock)) { throw "Không thấy tệp $Lock" }

New-Item -ItemType Directory -Force -Path $Folder | Out-Null
# Chỉ quản trị viên và dịch vụ đọc được: trong đó có bí mật và dữ liệu cá nhân.
& icacls.exe "$Folder" /inheritance:r /grant "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-19:(OI)(CI)M" "*S-1-5-18:(OI)(CI)F" | Out-Null

$Venv = Join-Path $Folder "chuong-trinh"
& $Python -m venv "$Venv"
if ($LASTEXITCODE -ne 0) { throw "Cần Python 3.11 trở lên: https://www.python.org/downloads/windows/" }
$Exe = Join-Path $Venv "Scripts\python.exe"
& "$Exe" -m pip install --quiet --require-hashes -r "$Lock"
if ($LASTEXITCODE -ne 0) { throw "Không cài được các thư viện." }
& "$Exe" -m pip install --quiet --no-deps "$Wheel"
if ($LASTEXITCODE -ne 0) { throw "Không cài được chương trình." }

$Office = Join-Path $Folder "van-phong"
if (-not (Test-Path -LiteralPath (Join-Path $Office "config.yaml"))) {
    & "$Exe" -m ivr setup --web --folder "$Office"
    if ($LASTEXITCODE -ne 0) { throw "Chưa cài đặt xong; chạy lại lệnh này." }
}

# Tác vụ chạy khi máy khởi động, dưới tài khoản LocalService: không có cửa sổ, không cần ai đăng nhập.
$Log = Join-Path $Office "tongdai.log"
$Line = '/d /c ""{0}" -m ivr --env-file tongdai.env serve >> "{1}" 2>&1"' -f $Exe, $Log
$Action = New-ScheduledTaskAction -Execute "$env:SystemRoot\System32\cmd.exe" -Argument $Line -WorkingDirectory $Office
$Trigger = New-ScheduledTaskTrigger -AtStartup
$Who = New-ScheduledTaskPrincipal -UserId "NT AUTHORITY\LOCAL SERVICE" -LogonType ServiceAccount -RunLevel Limited
$Rules = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
    -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -StartWhenAvailable
Register-ScheduledTask -TaskName $Task -Action $Action -Trigger $Trigger -Principal $Who -Settings $Rules -Force | Out-Null
Start-ScheduledTask -TaskName $Task
Write-Host "Tổng đài đang chạy. Xem còn thiếu gì:"
Write-Host "  cd `"$Office`"; & `"$Exe`" -m ivr check"
