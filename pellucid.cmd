@echo off
rem Runs the pellucid tool, after building it when the sources are newer than the last build.
rem The sources of the last build are mirrored under artifacts\launcher\sources; `xcopy /d /l` only lists what is newer.
setlocal
set "root=%~dp0"
set "work=%root%artifacts\launcher"
set "app="
if exist "%work%\current" set /p app=<"%work%\current"
if "%~1"=="--install-sdk" goto install
if not defined app goto build
if not exist "%work%\%app%\Pellucid.Cli.exe" goto build
call :newer "%root%src" "%work%\sources\src" /s && goto build
call :newer "%root%Directory.*" "%work%\sources" && goto build
goto run

:build
call :sdk
if not defined sdk (
  echo pellucid needs the .NET 10 SDK: winget install Microsoft.DotNet.SDK.10, or: pellucid --install-sdk 1>&2
  exit /b 1
)
echo building pellucid ... 1>&2
if not exist "%work%" mkdir "%work%"
set "app=app-%RANDOM%%RANDOM%"
rem The mirror is taken before the build: an edit during it is noticed the next time.
if exist "%work%\sources" rmdir /s /q "%work%\sources"
xcopy /s /y /q /i "%root%src" "%work%\sources\src" >nul
xcopy /y /q /i "%root%Directory.*" "%work%\sources" >nul
if exist "%work%\current" del "%work%\current"
call :publish --use-current-runtime -p:PublishReadyToRun=true -p:PellucidForThisMachine=true
if errorlevel 1 (
  findstr /i "crossgen ILCompiler NETSDK1094" "%work%\build.log" >nul || goto failed
  echo pellucid: the ahead-of-time compiler is not available here; building without it ^(each start takes a little longer^) 1>&2
  call :publish || goto failed
)
>"%work%\current" echo %app%

:run
call :root
"%work%\%app%\Pellucid.Cli.exe" %*
exit /b %errorlevel%

:failed
type "%work%\build.log" 1>&2
echo pellucid: the build failed 1>&2
exit /b 1

:install
powershell -NoProfile -ExecutionPolicy Bypass -Command "$ErrorActionPreference='Stop'; [Net.ServicePointManager]::SecurityProtocol='Tls12'; New-Item -Force -ItemType Directory '%root%.dotnet' | Out-Null; Invoke-WebRequest -UseBasicParsing https://dot.net/v1/dotnet-install.ps1 -OutFile '%root%.dotnet\dotnet-install.ps1'; & '%root%.dotnet\dotnet-install.ps1' -Channel 10.0 -InstallDir '%root%.dotnet' -NoPath"
if errorlevel 1 echo pellucid: could not install the SDK: check the network connection, or get it from https://dotnet.microsoft.com/download/dotnet/10.0 1>&2
exit /b %errorlevel%

rem Succeeds when a file of %1 (with /s as %3: or of its folders) is newer than its mirror in %2: the last line of xcopy counts the files it would copy.
:newer
set "count=0"
for /f "tokens=1" %%n in ('xcopy /d /l /y /i %~3 "%~1" "%~2" 2^>nul') do set "count=%%n"
if "%count%"=="0" exit /b 1
exit /b 0

:publish
"%sdk%" publish "%root%src\Pellucid.Cli" -c Release --self-contained false -o "%work%\%app%" -nologo -clp:ErrorsOnly -p:ArtifactsPath="%work%" -p:TreatWarningsAsErrors=false -p:GenerateDocumentationFile=false %* >"%work%\build.log" 2>&1 <nul
exit /b %errorlevel%

:sdk
set "sdk="
for %%d in ("%root%.dotnet\dotnet.exe" "%DOTNET_ROOT%\dotnet.exe" "dotnet.exe") do if not defined sdk (
  %%d --list-sdks 2>nul | findstr /b "10.0." >nul && set "sdk=%%~d"
)
exit /b 0

rem A .NET in .dotnet\ is known to nobody else.
:root
if exist "%root%.dotnet\dotnet.exe" set "DOTNET_ROOT=%root%.dotnet"
exit /b 0
